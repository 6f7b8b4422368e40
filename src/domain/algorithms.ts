/**
 * JOSE algorithms (RFC 7518, RFC 8037) that Gatehouse works with; everything else, `none` and RSA1_5 above all, is
 * refused.
 */

/** JWS algorithms of clients: their assertions (RFC 7523), request objects (RFC 9101) and software statements. */
export const clientSigningAlgs = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;

/** Client assertions, those with the client's secret included (client_secret_jwt). */
export const assertionAlgs = [...clientSigningAlgs, 'HS256'] as const;

/** DPoP proofs (RFC 9449): made anew for each request, so that nothing old has to be supported. */
export const dpopAlgs = ['ES256', 'ES384', 'EdDSA', 'PS256'] as const;

/** FAPI 2.0 Security Profile 5.4.1. */
export const fapiSigningAlgs = ['PS256', 'ES256', 'EdDSA'] as const;

/** What a client can have its tokens and answers encrypted with (RFC 7518 4); `dir` uses its secret. */
export const keyManagementAlgs = ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A256KW', 'dir'] as const;

export const contentEncryptionAlgs = ['A128GCM', 'A256GCM'] as const;
