import type { JsonObject } from '../store/store.js';
import { pemCertificates } from './pem-certificates.js';

/** Certificates in PEM as the JWK Set that a client registers them by (RFC 8705 2.2.2, RFC 7517 4.7). */
export function certificateJwks(pem: string): JsonObject {
  const keys = pemCertificates(pem).map(({ publicKey, raw }) => ({
    ...(publicKey.export({ format: 'jwk' }) as JsonObject),
    x5c: [raw.toString('base64')],
  }));
  return { keys };
}
