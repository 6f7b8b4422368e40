import { X509Certificate } from 'node:crypto';
import type { JsonObject } from '../store/store.js';

/** Certificates in PEM as the JWK Set that a client registers them by (RFC 8705 2.2.2, RFC 7517 4.7). */
export function certificateJwks(pem: string): JsonObject {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  const keys = blocks.map((block) => {
    const { publicKey, raw } = new X509Certificate(block);
    return { ...(publicKey.export({ format: 'jwk' }) as JsonObject), x5c: [raw.toString('base64')] };
  });
  return { keys };
}
