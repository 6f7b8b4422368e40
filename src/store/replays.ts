/** Things that may be seen once: `jti` of client assertions and DPoP proofs, TOTP steps, ids of login tokens. */
export interface ReplayStore {
  /**
   * True for the first call with this key until `expiresAt`; of parallel calls exactly one. The end is what somebody else
   * has written into a JWT (RFC 7519 2): it may be a fraction, which is rounded up, or later than any date.
   */
  remember(key: string, expiresAt: number): Promise<boolean>;
}
