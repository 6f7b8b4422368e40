import { createHash } from 'node:crypto';
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import type { Vault } from '../domain/vault.js';
import { requestScope } from '../http/request-scope.js';
import type { Artifact, ArtifactStore } from '../store/artifacts.js';
import type { Clock, JsonObject } from '../store/store.js';
import { keyOf } from './record-key.js';

/** Members that are bearer values in themselves, or hold one, by model. They are sealed, since they are needed again. */
const SEALED: Record<string, readonly string[]> = {
  Interaction: ['deviceCode', 'parJti'],
  DeviceCode: ['jti'],
};

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
  // RFC 9700 4.14.2: reuse ends the family. The grace is for parallel requests of one client, and for nothing else.
  const graceMs = model === 'RefreshToken' ? deps.refreshGrace * 1000 : 0;

  const toArtifact = (id: string, payload: AdapterPayload, expiresIn: number | undefined): Artifact => {
    const { jti: _jti, consumed: _consumed, ...rest } = payload as AdapterPayload & { jti?: string };
    const stored: JsonObject = { ...(rest as JsonObject) };
    for (const member of SEALED[model] ?? []) {
      const value = member === 'jti' ? id : stored[member];
      if (typeof value === 'string') stored[member] = vault.seal(`artifact/${model}/${member}`, value);
    }
    // The interaction's copy of the session cookie is never read by anybody.
    if (model === 'Interaction' && typeof stored['session'] === 'object' && stored['session'] !== null) {
      const { cookie: _cookie, ...session } = stored['session'] as JsonObject;
      stored['session'] = session;
    }
    const artifact: Artifact = { model, key: keyOf(model, id), payload: stored };
    // An interaction only mentions its grant: it goes on when the grant is revoked.
    if (payload.grantId !== undefined && model !== 'Interaction') artifact.grantId = payload.grantId;
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
    const payload: JsonObject = { ...artifact.payload };
    for (const member of SEALED[model] ?? []) {
      const value = payload[member];
      if (typeof value === 'string') payload[member] = vault.open(`artifact/${model}/${member}`, value);
    }
    if (id !== undefined) payload['jti'] = id;
    const { consumedAt } = artifact;
    if (consumedAt !== undefined && clock() - consumedAt >= graceMs)
      payload['consumed'] = Math.floor(consumedAt / 1000);
    requestScope()?.reads.set(artifact.key, artifact);
    return payload as AdapterPayload;
  };

  return {
    async upsert(id, payload, expiresIn) {
      const artifact = toArtifact(id, payload, expiresIn);
      if (!requestScope()?.reads.has(artifact.key)) return store.create(artifact);
      // What this request found and is gone now was ended by another: it must not come back.
      if (!(await store.replace(artifact))) throw new errors.SessionNotFound(`${model} has ended`);
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
    async findByUid() {
      return undefined;
    },
    async consume(id) {
      const result = await store.consume(keyOf(model, id));
      if (result.won) return;
      if (result.consumedAt !== undefined && clock() - result.consumedAt < graceMs) return;
      if (model === 'PushedAuthorizationRequest')
        throw new errors.InvalidRequestUri('request_uri was used already');
      throw new errors.InvalidGrant(`${model} was used already`);
    },
    async destroy(id) {
      await store.remove(keyOf(model, id));
    },
    async revokeByGrantId(grantId) {
      await store.revoke({ model, grantId });
    },
  };
}
