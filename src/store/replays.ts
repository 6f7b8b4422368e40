/** Things that may be seen once: `jti` of client assertions and DPoP proofs, TOTP steps, ids of login tokens. */
export interface ReplayStore {
  /** True for the first call with this key until `expiresAt`; of parallel calls exactly one. */
  remember(key: string, expiresAt: number): Promise<boolean>;
}
