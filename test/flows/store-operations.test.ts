import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from '@jest/globals';
import { ASSERTION_TYPE, clientAssertion, clientKey } from '../support/client-keys.js';
import { ath, postWithProof, prover } from '../support/dpop.js';
import { basic, flow, postForm } from '../support/flow.js';
import { hop, signInByHops, type SignInByHops } from '../support/hops.js';
import {
  OFFLINE,
  JWT_API,
  OPAQUE_API,
  token,
  redeem,
  refresh,
  ask,
  revoke,
  userinfo,
  push,
  tokens,
  servicesOf,
  program,
  clientCredentials,
  deviceByHops,
  signOutByHops,
  boundTokens,
} from '../support/measured-requests.js';
import type { Instance } from '../support/start.js';
import { countStoreOperations, type StoreOperations } from '../support/store-operations.js';
import { tv } from '../support/tv.js';

/** The answer to the request that is measured. */
interface Answer {
  status: number;
  headers: Headers;
}

/**
 * `cost`: reads and writes, and what they are of; `+7` are calls that count tries. `nothing` is a look for a token of
 * another kind than it is. The answer's status shows that what is measured is what is meant.
 */
type Row = [what: string, cost: string, status: number, measure: (at: Instance) => Promise<Answer>];

const walk =
  (step: (hops: SignInByHops) => Answer | undefined, settings = {}, parameters = {}) =>
  async (at: Instance) => {
    await servicesOf(at);
    return step(await signInByHops(at, settings, parameters))!;
  };

const ROWS: Row[] = [
  ['authorization, nobody signed in', '1/1: Client; writes Interaction', 303, walk((hops) => hops.authorize)],
  ['sign-in page', '2/0: Interaction, Client', 200, walk((hops) => hops.signInPage)],
  ['a wrong password', '3/0 +12: Interaction, Client, User', 401, walk((hops) => hops.wrongPassword)],
  [
    'the right password',
    '4/1 +9: Interaction, Client, User, User; writes Interaction',
    303,
    walk((hops) => hops.signIn),
  ],
  [
    'back from it, to be asked for consent',
    '4/3: Interaction, Client, User, Consent; writes Interaction, Interaction, Session',
    303,
    walk((hops) => hops.resume),
  ],
  ['consent page', '5/0: Interaction, Session, Client, User, Consent', 200, walk((hops) => hops.consentPage)],
  [
    'consent',
    '3/3: Interaction, Session, Client; writes Consent, Grant, Interaction',
    303,
    walk((hops) => hops.consent),
  ],
  [
    'back from it, with a code',
    '5/3: Session, Interaction, Client, User, Grant; writes Interaction, AuthorizationCode, Session',
    303,
    walk((hops) => hops.resumeAgain),
  ],
  [
    "back from it, at one of the operator's apps",
    '3/4: Interaction, Client, User; writes Interaction, Grant, AuthorizationCode, Session',
    303,
    walk((hops) => hops.resume, { firstParty: true }),
  ],
  [
    'authorization, signed in',
    '4/1: Session, Client, User, Grant; writes AuthorizationCode',
    303,
    async (at) => {
      const { rp, browser } = await signInByHops(at);
      return hop(browser, (await rp.begin()).url);
    },
  ],
  [
    'authorization for an API, signed in',
    '5/1: Session, Client, Service, User, Grant; writes AuthorizationCode',
    303,
    async (at) => {
      await servicesOf(at);
      const parameters = { resource: JWT_API, scope: 'openid orders:read' };
      const { rp, browser } = await signInByHops(at, { resources: [JWT_API] }, parameters);
      return hop(browser, (await rp.begin(parameters)).url);
    },
  ],
  [
    'pushed request',
    '1/1: Client; writes PushedAuthorizationRequest',
    201,
    async (at) => {
      const { app, rp } = await signInByHops(at);
      return push(at, app, rp);
    },
  ],
  [
    'authorization, pushed, signed in',
    '5/2: Session, Client, PushedAuthorizationRequest, User, Grant; writes PushedAuthorizationRequest, AuthorizationCode',
    303,
    async (at) => {
      const { app, rp, browser } = await signInByHops(at);
      const { body } = await push(at, app, rp);
      const query = new URLSearchParams({ client_id: app.id, request_uri: String(body['request_uri']) });
      return hop(browser, `${at.issuer}/auth?${query}`);
    },
  ],
  [
    'code, tokens end with the session',
    '5/2: Client, AuthorizationCode, Session, Grant, User; writes AuthorizationCode, AccessToken',
    200,
    async (at) => redeem(at, await signInByHops(at)),
  ],
  [
    'code, with refresh token',
    '4/3: Client, AuthorizationCode, Grant, User; writes AuthorizationCode, AccessToken, RefreshToken',
    200,
    async (at) => redeem(at, await signInByHops(at, {}, OFFLINE)),
  ],
  [
    'code, JWT for an API',
    '6/1: Client, AuthorizationCode, Session, Grant, User, Service; writes AuthorizationCode',
    200,
    async (at) => {
      await servicesOf(at);
      const parameters = { resource: JWT_API, scope: 'openid orders:read' };
      const hops = await signInByHops(at, { resources: [JWT_API] }, parameters);
      return redeem(at, hops, { resource: JWT_API });
    },
  ],
  [
    'code, a second time',
    '3/4: Client, AuthorizationCode, Grant; writes all AccessTokens, all RefreshTokens, all AuthorizationCodes, Grant',
    400,
    async (at) => {
      const hops = await signInByHops(at, {}, OFFLINE);
      await redeem(at, hops);
      return redeem(at, hops);
    },
  ],
  [
    'refresh, with rotation',
    '4/3: Client, RefreshToken, Grant, User; writes RefreshToken, RefreshToken, AccessToken',
    200,
    async (at) => {
      const { app, body } = await tokens(at, OFFLINE);
      return refresh(at, app, body);
    },
  ],
  [
    'refresh with DPoP, no rotation',
    '4/2: Client, RefreshToken, Grant, User; writes Replay, AccessToken',
    200,
    async (at) => {
      const { app, body, by } = await boundTokens(at);
      const form = {
        grant_type: 'refresh_token',
        client_id: app.id,
        refresh_token: String(body['refresh_token']),
      };
      return postWithProof(by, `${at.issuer}/token`, form);
    },
  ],
  [
    'client credentials',
    '1/1: Client; writes ClientCredentials',
    200,
    async (at) => token(at, await program(at), clientCredentials()),
  ],
  [
    'client credentials, opaque for an API',
    '2/1: Client, Service; writes ClientCredentials',
    200,
    async (at) => token(at, await program(at), clientCredentials(OPAQUE_API)),
  ],
  [
    'client credentials, JWT for an API',
    '2/0: Client, Service',
    200,
    async (at) => token(at, await program(at), clientCredentials(JWT_API)),
  ],
  [
    '… by private_key_jwt',
    '2/1: Client, Service; writes Replay',
    200,
    async (at) => {
      const key = await clientKey();
      const app = await program(at, { authMethod: 'private_key_jwt', metadata: { jwks: key.jwks } });
      return postForm(`${at.issuer}/token`, {
        ...clientCredentials(JWT_API),
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await clientAssertion(key, app.id, at.issuer),
      });
    },
  ],
  [
    '… with DPoP',
    '2/1: Client, Service; writes Replay',
    200,
    async (at) => {
      const app = await program(at);
      return postWithProof(await prover(), `${at.issuer}/token`, clientCredentials(JWT_API), basic(app));
    },
  ],
  [
    'introspection, no hint',
    '5/0: Client, AccessToken, nothing, nothing, Grant',
    200,
    async (at) => {
      const { app, body } = await tokens(at, OFFLINE);
      return ask(at, app, body['access_token']);
    },
  ],
  [
    'introspection, hint access_token',
    '4/0: Client, AccessToken, nothing, Grant',
    200,
    async (at) => {
      const { app, body } = await tokens(at, OFFLINE);
      return ask(at, app, body['access_token'], 'access_token');
    },
  ],
  [
    'introspection, hint refresh_token',
    '3/0: Client, RefreshToken, Grant',
    200,
    async (at) => {
      const { app, body } = await tokens(at, OFFLINE);
      return ask(at, app, body['refresh_token'], 'refresh_token');
    },
  ],
  [
    'introspection, token ends with the session',
    '5/0: Client, AccessToken, nothing, Session, Grant',
    200,
    async (at) => {
      const { app, body } = await tokens(at);
      return ask(at, app, body['access_token'], 'access_token');
    },
  ],
  [
    'introspection by the API that it is for',
    '5/0: Client, nothing, ClientCredentials, Service, Client',
    200,
    async (at) => {
      const { body } = await token(at, await program(at), clientCredentials(OPAQUE_API));
      return ask(at, (await servicesOf(at)).opaque, body['access_token'], 'access_token');
    },
  ],
  [
    'introspection of a JWT by the API',
    '3/0: Client, Service, Client',
    200,
    async (at) => {
      const { body } = await token(at, await program(at), clientCredentials(JWT_API));
      return ask(at, (await servicesOf(at)).jwt, body['access_token'], 'access_token');
    },
  ],
  [
    'userinfo',
    '4/0: AccessToken, Client, User, Grant',
    200,
    async (at) => userinfo(at, (await tokens(at, OFFLINE)).body),
  ],
  [
    'userinfo, token ends with the session',
    '5/0: AccessToken, Session, Client, User, Grant',
    200,
    async (at) => userinfo(at, (await tokens(at)).body),
  ],
  [
    'userinfo with DPoP',
    '4/1: AccessToken, Client, User, Grant; writes Replay',
    200,
    async (at) => {
      const { body, by } = await boundTokens(at);
      const value = String(body['access_token']);
      const url = `${at.issuer}/me`;
      const get = async (claims = {}) => {
        const DPoP = await by.prove('GET', url, { ath: ath(value), ...claims });
        return fetch(url, { headers: { authorization: `DPoP ${value}`, DPoP } });
      };
      return get({ nonce: (await get()).headers.get('dpop-nonce') });
    },
  ],
  [
    'revocation of an access token',
    '3/4: Client, AccessToken, nothing; writes AccessToken, all AccessTokens, all RefreshTokens, all AuthorizationCodes',
    200,
    async (at) => {
      const { app, body } = await tokens(at, OFFLINE);
      return revoke(at, app, body['access_token'], 'access_token');
    },
  ],
  [
    'revocation of a refresh token',
    '2/5: Client, RefreshToken; writes RefreshToken, all AccessTokens, all RefreshTokens, all AuthorizationCodes, Grant',
    200,
    async (at) => {
      const { app, body } = await tokens(at, OFFLINE);
      return revoke(at, app, body['refresh_token'], 'refresh_token');
    },
  ],
  [
    'device authorization',
    '1/2: Client; writes PollPace, DeviceCode',
    200,
    async (at) => (await deviceByHops(at)).started,
  ],
  [
    'device, still waiting',
    '3/1: Client, DeviceCode, PollPace; writes PollPace',
    400,
    async (at) => {
      const device = await tv(at);
      return device.poll(await device.start());
    },
  ],
  ['page for the code', '1/1: Session; writes Session', 200, async (at) => (await deviceByHops(at)).codePage],
  [
    'code typed in',
    '3/0 +7: Session, DeviceCode, Client',
    200,
    async (at) => (await deviceByHops(at)).entered,
  ],
  [
    'device confirmed',
    '5/3 +7: Session, DeviceCode, Client, User, Consent; writes DeviceCode, Interaction, Session',
    303,
    async (at) => (await deviceByHops(at)).confirmed,
  ],
  [
    'device let in',
    '6/3: Session, Interaction, DeviceCode, Client, User, Grant; writes Interaction, DeviceCode, Session',
    200,
    async (at) => (await deviceByHops(at)).resume,
  ],
  [
    'device, its tokens',
    '6/3: Client, DeviceCode, Session, PollPace, Grant, User; writes PollPace, DeviceCode, AccessToken',
    200,
    async (at) => (await deviceByHops(at)).poll(),
  ],
  [
    'sign-out, asked',
    '3/1: Session, Client, User; writes Session',
    200,
    async (at) => (await signOutByHops(at)).asked,
  ],
  [
    'sign-out, confirmed',
    '2/5: Session, Client; writes all AccessTokens, all RefreshTokens, all AuthorizationCodes, Grant, Session',
    303,
    async (at) => (await signOutByHops(at)).confirmed,
  ],
  ['sign-out, done', '0/0', 200, async (at) => (await signOutByHops(at)).done],
  ['discovery', '0/0', 200, (at) => fetch(`${at.issuer}/.well-known/openid-configuration`)],
  ['keys', '0/0', 200, (at) => fetch(`${at.issuer}/jwks`)],
];

flow('What a request costs the store', (gatehouse) => {
  let of: (requestId: string | null) => StoreOperations;
  beforeAll(() => {
    of = countStoreOperations(gatehouse().gatehouse.store);
  });

  test.each(ROWS)('%s costs %s', async (_what, cost, status, measure) => {
    const answer = await measure(gatehouse());
    expect(answer.status).toBe(status);
    const { reads, writes, limits } = of(answer.headers.get('x-request-id'));
    const counted = `${reads.length}/${writes.length}${limits === 0 ? '' : ` +${limits}`}`;
    const words = [reads.join(', '), ...(writes.length === 0 ? [] : [`writes ${writes.join(', ')}`])];
    expect([counted, words.filter(Boolean).join('; ')].filter(Boolean).join(': ')).toBe(cost);
  });
});

test('docs/store-operations.md says the same, row by row', () => {
  const told = readFileSync('docs/store-operations.md', 'utf8')
    .split('\n')
    .filter((line) => /^\| .*\d\/\d/u.test(line))
    .map((line) => {
      const [, what, count, limits, read, written] = line.split('|').map((cell) => cell.trim());
      const words = [read, written && `writes ${written}`].filter(Boolean).join('; ');
      return [what, [`${count}${limits && ` +${limits}`}`, words].filter(Boolean).join(': ')];
    });
  expect(told).toEqual(ROWS.map(([what, cost]) => [what, cost]));
});
