import type { Adapter } from 'oidc-provider';
import { registrationPolicy } from '../../domain/registration-policy.js';
import { createArtifactAdapter } from './artifact-adapter.js';
import { BACKCHANNEL_REQUEST, createBackchannelRequestAdapter } from './backchannel-request-adapter.js';
import { createClientAdapter } from './client-adapter.js';
import { createDeviceCodeAdapter } from './device-code-adapter.js';
import { createPollPace } from './poll-pace.js';
import type { ProviderDeps } from '../provider-deps.js';
import { createSessionAdapter } from './session-adapter.js';

/** The library asks once per model: sessions and clients have stores of their own, all else is an artifact. */
export function createAdapterFactory(deps: ProviderDeps): (model: string) => Adapter {
  const { store, clock, vault, config, detailsTypes } = deps;
  const policy = registrationPolicy(config);
  return (model) => {
    if (model === 'Session') return createSessionAdapter({ store: store.sessions, clock });
    if (model === 'Client')
      return createClientAdapter({ store: store.clients, vault, clock, policy, detailsTypes, config });
    const { clockTolerance, refreshGrace } = config.lifetimes;
    const artifacts = createArtifactAdapter(model, {
      store: store.artifacts,
      vault,
      clock,
      clockTolerance,
      refreshGrace,
    });
    const pace = createPollPace(store.artifacts, clock);
    if (model === 'DeviceCode') return createDeviceCodeAdapter(artifacts, pace);
    if (model === BACKCHANNEL_REQUEST)
      return createBackchannelRequestAdapter(artifacts, { sessions: store.sessions, pace });
    return artifacts;
  };
}
