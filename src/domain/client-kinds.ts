import type { ClientKind, ClientRecord } from '../store/clients.js';

/** What a kind of application is and may do, by the names of RFC 7591. */
export interface ClientKindRules {
  /** In words, for lists and help. */
  description: string;
  applicationType: 'web' | 'native';
  grantTypes: readonly ('authorization_code' | 'refresh_token' | 'client_credentials')[];
  /** Whether it can keep a secret: RFC 6749 2.1. `either`: it is public unless it says otherwise. */
  confidential: 'always' | 'never' | 'either';
}

export const clientKinds: Record<ClientKind, ClientKindRules> = {
  web: {
    description: 'web app with a server that keeps a secret',
    applicationType: 'web',
    grantTypes: ['authorization_code', 'refresh_token'],
    confidential: 'always',
  },
  spa: {
    description: 'single-page app in a browser, no secret',
    applicationType: 'web',
    grantTypes: ['authorization_code', 'refresh_token'],
    confidential: 'never',
  },
  native: {
    description: 'mobile, desktop or command-line app',
    applicationType: 'native',
    grantTypes: ['authorization_code', 'refresh_token'],
    confidential: 'either',
  },
  service: {
    description: 'program that acts for itself (client credentials)',
    applicationType: 'web',
    grantTypes: ['client_credentials'],
    confidential: 'always',
  },
  api: {
    description: 'API that introspects the tokens made for it',
    applicationType: 'web',
    grantTypes: [],
    confidential: 'always',
  },
};

export function isClientKind(kind: string): kind is ClientKind {
  return Object.hasOwn(clientKinds, kind);
}

/** Whether people sign in through it: it has redirect URIs. */
export function signsPeopleIn(kind: ClientKind): boolean {
  return clientKinds[kind].grantTypes.includes('authorization_code');
}

/** Whether it authenticates itself with a secret (RFC 6749 2.1). */
export function isConfidential(client: Pick<ClientRecord, 'metadata'>): boolean {
  return client.metadata['token_endpoint_auth_method'] !== 'none';
}
