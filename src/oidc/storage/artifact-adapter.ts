import { createHash } from 'node:crypto';
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import type { Vault } from '../../domain/vault.js';
import { requestScope } from '../../http/request-scope.js';
import type { Artifact, ArtifactStore } from '../../store/artifacts.js';
import type { Clock, JsonObject } from '../../store/store.js';
import { keyOf } from './record-key.js';

/**
 * Models whose whole payload is sealed. An interaction holds the request as it came, an ID Token as a hint or the code of
 * a device among it; a device code is found by its user code, and what a person answers elsewhere by the name of its
 * record, so its own value has to be in the record. The latter holds the token that a client is pinged with, too.
 */
const SEALED = new Set(['Interaction', 'DeviceCode', 'BackchannelAuthenticationRequest']);

/** Models that go from step to step, each of which is made once; requests in parallel must not undo one another's. */
const STEPPED = new Set(['DeviceCode', 'BackchannelAuthenticationRequest']);

/**
 * The library's records other than sessions, clients and replay marks. The library finds a record, looks at its
 * `consumed`, and calls `consume` later without looking at what that returns; so what makes a code one-time is here:
 * `consume` fails for everybody but one.
 */
export function createArtifactAdapter(
  model: string,
  deps: { store: ArtifactStore; vault: Vault; clock: Clock; clockTolerance: number; refreshGrace: number },
): Adapter {
  const { store, vault, clock } = deps;
  const isSealed = SEALED.has(model);
  const isStepped = STEPPED.has(model);
  // RFC 9700 4.14.2: reuse ends the family. The grace is for parallel requests of one client, and for nothing else.
  const graceMs = model === 'RefreshToken' ? deps.refreshGrace * 1000 : 0;

  const toArtifact = (id: string, payload: AdapterPayload, expiresIn: number | undefined): Artifact => {
    const { jti: _jti, consumed: _consumed, ...rest } = payload as AdapterPayload & { jti?: string };
    const stored: JsonObject = isSealed
      ? { sealed: vault.seal(`artifact/${model}`, JSON.stringify({ ...rest, jti: id })) }
      : (rest as JsonObject);
    const artifact: Artifact = { model, key: keyOf(model, id), payload: stored };
    // An interaction only mentions its grant: it goes on when the grant is revoked. A grant goes with what hangs on it:
    // tokens that are not stored are known to have ended by that alone.
    if (model === 'Grant') artifact.grantId = id;
    else if (payload.grantId !== undefined && model !== 'Interaction') artifact.grantId = payload.grantId;
    // A sign-in that was accepted and not yet taken up is the person's too, and is revoked with all else of theirs.
    const accountId = payload.accountId ?? payload.result?.login?.accountId;
    if (accountId !== undefined) artifact.accountId = accountId;
    if (payload.clientId !== undefined) artifact.clientId = payload.clientId;
    if (payload.userCode !== undefined)
      artifact.userCode = createHash('sha256').update(payload.userCode).digest('base64url');
    // The library accepts a record for the clock tolerance beyond its expiry.
    if (expiresIn !== undefined) artifact.expiresAt = clock() + (expiresIn + deps.clockTolerance) * 1000;
    return artifact;
  };

  const toPayload = (artifact: Artifact, id: string | undefined): AdapterPayload => {
    const payload: JsonObject = isSealed
      ? (JSON.parse(vault.open(`artifact/${model}`, String(artifact.payload['sealed']))) as JsonObject)
      : { ...artifact.payload };
    if (id !== undefined) payload['jti'] = id;
    const { consumedAt } = artifact;
    if (consumedAt !== undefined && clock() - consumedAt >= graceMs)
      payload['consumed'] = Math.floor(consumedAt / 1000);
    requestScope()?.reads.set(artifact.key, artifact);
    return payload as AdapterPayload;
  };

  /**
   * Two uses at the same moment are a reuse like any other (RFC 6749 4.1.2, RFC 9700 4.14.2), but the library sees only
   * those that come later. What the winner is still to save hangs on a grant that is gone, and is worth nothing.
   */
  const endFamily = async (key: string) => {
    const { grantId } = (requestScope()?.reads.get(key) ?? {}) as Partial<Artifact>;
    if (grantId === undefined) return;
    await store.remove(keyOf('Grant', grantId));
    await store.revoke({ grantId });
  };

  return {
    async upsert(id, payload, expiresIn) {
      const artifact = toArtifact(id, payload, expiresIn);
      const before = requestScope()?.reads.get(artifact.key) as Artifact | undefined;
      if (!before) return store.create(artifact);
      // What this request found and is gone now was ended by another: it must not come back.
      const written = await (isStepped ? store.swap(before, artifact) : store.replace(artifact));
      if (!written) throw new errors.SessionNotFound(`${model} has ended`);
      requestScope()?.reads.set(artifact.key, artifact);
    },
    async find(id) {
      const key = keyOf(model, id);
      const artifact = await store.find(key);
      return artifact && toPayload(artifact, id);
    },
    async findByUserCode(userCode) {
      const artifact = await store.findByUserCode(createHash('sha256').update(userCode).digest('base64url'));
      return artifact && toPayload(artifact, undefined);
    },
    /** By the name of its record, which says nothing of its id: that is in a record that is sealed. */
    async findByUid(key) {
      const artifact = isSealed ? await store.find(key) : undefined;
      return artifact?.model === model ? toPayload(artifact, undefined) : undefined;
    },
    async consume(id) {
      const key = keyOf(model, id);
      const result = await store.consume(key);
      if (result.won) return;
      if (model === 'PushedAuthorizationRequest')
        throw new errors.InvalidRequestUri('request_uri was used already');
      if (result.consumedAt !== undefined) {
        if (clock() - result.consumedAt < graceMs) return;
        await endFamily(key);
      }
      throw new errors.InvalidGrant(`${model} was used already`);
    },
    async destroy(id) {
      const removed = await store.remove(keyOf(model, id));
      // What an interaction resulted in is taken up once: of parallel resumptions the others find it gone.
      if (!removed && model === 'Interaction')
        throw new errors.SessionNotFound('the interaction was taken up already');
    },
    async revokeByGrantId(grantId) {
      await store.revoke({ model, grantId });
    },
  };
}
