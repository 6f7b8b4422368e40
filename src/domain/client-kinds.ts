import type { ClientKind, ClientRecord } from '../store/clients.js';

/** What a kind of application is and may do, by the names of RFC 7591. */
export interface ClientKindRules {
  /** In words, for lists and help. */
  description: string;
  applicationType: 'web' | 'native';
  grantTypes: readonly string[];
  /** What it may be given besides, through its metadata `grant_types`. */
  optionalGrantTypes: readonly string[];
  /** Whether it can keep a secret: RFC 6749 2.1. `either`: it is public unless it says otherwise. */
  confidential: 'always' | 'never' | 'either';
}

/** RFC 8628 3.4. */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** OpenID Connect CIBA Core 1.0, 10.1: sign-in that a program starts and the person answers elsewhere. */
export const cibaGrant = 'urn:openid:params:grant-type:ciba';

export const clientKinds: Record<ClientKind, ClientKindRules> = {
  web: {
    description: 'web app with a server that keeps a secret',
    applicationType: 'web',
    grantTypes: ['authorization_code', 'refresh_token'],
    optionalGrantTypes: ['implicit', cibaGrant],
    confidential: 'always',
  },
  spa: {
    description: 'single-page app in a browser, no secret',
    applicationType: 'web',
    grantTypes: ['authorization_code', 'refresh_token'],
    optionalGrantTypes: ['implicit'],
    confidential: 'never',
  },
  native: {
    description: 'mobile, desktop or command-line app',
    applicationType: 'native',
    grantTypes: ['authorization_code', 'refresh_token'],
    optionalGrantTypes: [deviceGrant],
    confidential: 'either',
  },
  device: {
    description: 'TV, console or tool that shows a code to sign in with',
    applicationType: 'native',
    grantTypes: [deviceGrant, 'refresh_token'],
    optionalGrantTypes: [],
    confidential: 'either',
  },
  service: {
    description: 'program that acts for itself (client credentials)',
    applicationType: 'web',
    grantTypes: ['client_credentials'],
    optionalGrantTypes: [cibaGrant, 'refresh_token'],
    confidential: 'always',
  },
  api: {
    description: 'API that introspects the tokens made for it',
    applicationType: 'web',
    grantTypes: [],
    // One that calls other APIs has tokens of its own, by which it says who acts (RFC 8693 2.1).
    optionalGrantTypes: ['client_credentials'],
    confidential: 'always',
  },
};

/** Whether people sign in through it. */
export function signsPeopleIn(kind: ClientKind): boolean {
  return takesPeopleBack(kind) || clientKinds[kind].grantTypes.includes(deviceGrant);
}

/** Whether their browser is sent back to it: it has redirect URIs. */
export function takesPeopleBack(kind: ClientKind): boolean {
  return clientKinds[kind].grantTypes.includes('authorization_code');
}

/** Whether it authenticates itself (RFC 6749 2.1). */
export function isConfidential(client: Pick<ClientRecord, 'metadata'>): boolean {
  return client.metadata['token_endpoint_auth_method'] !== 'none';
}

/** Whether it does so with a secret that it shares with us. */
export function hasSecret(client: Pick<ClientRecord, 'metadata'>): boolean {
  return String(client.metadata['token_endpoint_auth_method']).startsWith('client_secret_');
}
