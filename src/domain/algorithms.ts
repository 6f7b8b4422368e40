/**
 * JOSE algorithms (RFC 7518, RFC 8037, RFC 9864) that Gatehouse works with; everything else, `none` and RSA1_5 above
 * all, is refused.
 */

/** What the server signs with, a key for each. RS256 is what OpenID Connect Core 15.1 demands. */
export const signingAlgs = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;

/** What others can encrypt for the server with, a key for each. */
export const decryptionAlgs = ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A256KW'] as const;

/**
 * JWS algorithms of clients: their assertions (RFC 7523), request objects (RFC 9101) and software statements. Ed25519 is
 * what RFC 9864 calls EdDSA with that curve.
 */
export const clientSigningAlgs = [...signingAlgs, 'Ed25519'] as const;

/** Client assertions, those with the client's secret included (client_secret_jwt). */
export const assertionAlgs = [...clientSigningAlgs, 'HS256'] as const;

/** DPoP proofs (RFC 9449): made anew for each request, so that nothing old has to be supported. */
export const dpopAlgs = ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256'] as const;

/** FAPI 2.0 Security Profile 5.4.1. */
export const fapiSigningAlgs = ['PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;

/** What tokens, answers and request objects can be encrypted with (RFC 7518 4); `dir` uses the client's secret. */
export const keyManagementAlgs = [...decryptionAlgs, 'dir'] as const;

export const contentEncryptionAlgs = ['A128GCM', 'A256GCM'] as const;
