import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { Json, JsonObject } from '../store/store.js';

const MOST_KEYS = 20;
/** Members that are private, or that make the key a symmetric one (RFC 7518 6). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** What is wrong with the public keys of a client (RFC 7517 5), to follow their name in a sentence. */
export function jwksFault(value: Json): string | undefined {
  const keys =
    value !== null && typeof value === 'object' && !Array.isArray(value) ? value['keys'] : undefined;
  if (!Array.isArray(keys)) return 'must be a JWK Set: {"keys": […]}';
  if (keys.length === 0 || keys.length > MOST_KEYS) return `must hold 1 to ${MOST_KEYS} keys`;
  for (const key of keys) {
    if (key === null || typeof key !== 'object' || Array.isArray(key)) return 'must hold JWKs';
    const reason = keyFault(key as JsonObject);
    if (reason !== undefined) return reason;
  }
  return sharedKid(keys as JsonObject[]);
}

/** RFC 7517 4.5: one name for two keys, unless they are of two kinds and stand for one another. */
function sharedKid(keys: JsonObject[]): string | undefined {
  const named = keys.filter(({ kid }) => kid !== undefined);
  const shared = named.find(({ kid, kty }, index) =>
    named.slice(0, index).some((earlier) => earlier['kid'] === kid && earlier['kty'] === kty),
  );
  return shared && `holds two keys with the kid ${String(shared['kid']).slice(0, 100)}`;
}

function keyFault(jwk: JsonObject): string | undefined {
  if (PRIVATE.some((member) => Object.hasOwn(jwk, member))) {
    return 'holds a private key: give the public part alone, and make a new key, since this one has been shown';
  }
  try {
    const key = createPublicKey({ key: jwk as Record<string, string>, format: 'jwk' });
    const { asymmetricKeyDetails } = key;
    // RFC 7518 3.3.
    if ((asymmetricKeyDetails?.modulusLength ?? 2048) < 2048)
      return 'holds an RSA key of fewer than 2048 bits';
    if ((asymmetricKeyDetails?.modulusLength ?? 0) > 8192) return 'holds an RSA key of more than 8192 bits';
    return jwk['x5c'] === undefined ? undefined : chainFault(jwk['x5c'], key);
  } catch {
    return 'holds a key that cannot be read';
  }
}

/** RFC 7517 4.7: DER in base64, not base64url, and the first certificate is that of the key. */
function chainFault(x5c: Json, key: KeyObject): string | undefined {
  const wanted = 'holds an x5c whose first entry is not the certificate of its key, in base64 of its DER';
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > 10) return wanted;
  if (!x5c.every((entry) => typeof entry === 'string' && /^[A-Za-z0-9+/]+={0,2}$/u.test(entry)))
    return wanted;
  try {
    const der = Buffer.from(x5c[0] as string, 'base64');
    const certificate = new X509Certificate(der);
    return certificate.raw.equals(der) && certificate.publicKey.equals(key) ? undefined : wanted;
  } catch {
    return wanted;
  }
}
