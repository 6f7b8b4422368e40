import type { Adapter } from 'oidc-provider';
import { createArtifactAdapter } from './artifact-adapter.js';
import { createClientAdapter } from './client-adapter.js';
import type { ProviderDeps } from './provider-deps.js';
import { createSessionAdapter } from './session-adapter.js';

/** The library asks once per model: sessions and clients have stores of their own, all else is an artifact. */
export function createAdapterFactory(deps: ProviderDeps): (model: string) => Adapter {
  const { store, clock, vault, config } = deps;
  return (model) => {
    if (model === 'Session') return createSessionAdapter({ store: store.sessions, clock });
    if (model === 'Client') return createClientAdapter({ store: store.clients, vault, clock });
    const { clockTolerance, refreshGrace } = config.lifetimes;
    return createArtifactAdapter(model, {
      store: store.artifacts,
      vault,
      clock,
      clockTolerance,
      refreshGrace,
    });
  };
}
