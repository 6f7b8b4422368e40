import { expect, test } from '@jest/globals';
import * as client from 'openid-client';
import { basic, flow, inParallel, postForm } from '../support/flow.js';
import { obtainTokens, webApp } from '../support/relying-party.js';

const OFFLINE = { scope: 'openid email offline_access', prompt: 'consent' };

flow('Refresh tokens rotate', (gatehouse) => {
  const tokenUrl = () => `${gatehouse().issuer}/token`;

  test('offline_access gets one only with prompt=consent (OpenID Connect Core 11)', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const without = await obtainTokens(rp, user, { scope: 'openid offline_access' });
    expect(without.refresh_token).toBeUndefined();
    const withConsent = await obtainTokens(rp, user, OFFLINE);
    expect(withConsent.refresh_token).toEqual(expect.any(String));
  });

  test('a client may be given them without offline_access; they end with the session', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse(), { refreshTokenWithoutOfflineAccess: true });
    const tokens = await obtainTokens(rp, user, { scope: 'openid' });
    const refreshed = await client.refreshTokenGrant(rp.config, tokens.refresh_token!);
    expect(refreshed.claims()?.sub).toBe(user.id);

    await gatehouse().gatehouse.userSessions.endAll(user.id);
    await expect(client.refreshTokenGrant(rp.config, refreshed.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  test('each use gives a new one, and reuse of the old one ends the family (RFC 9700 4.14.2)', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const first = await obtainTokens(rp, user, OFFLINE);
    const second = await client.refreshTokenGrant(rp.config, first.refresh_token!);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    await client.fetchUserInfo(rp.config, second.access_token, user.id);

    await expect(client.refreshTokenGrant(rp.config, first.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(client.refreshTokenGrant(rp.config, second.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(client.fetchUserInfo(rp.config, second.access_token, user.id)).rejects.toThrow();
  });

  test('of 50 parallel uses exactly one succeeds', async () => {
    const user = await gatehouse().addUser();
    const { app, rp } = await webApp(gatehouse());
    const { refresh_token } = await obtainTokens(rp, user, OFFLINE);
    const answers = await inParallel(50, () =>
      postForm(tokenUrl(), { grant_type: 'refresh_token', refresh_token: refresh_token! }, basic(app)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body['error']))).toEqual(
      new Set(['invalid_grant']),
    );
  });

  test('another client cannot use it, and trying does not harm the owner', async () => {
    const user = await gatehouse().addUser();
    const owner = await webApp(gatehouse());
    const thief = await webApp(gatehouse());
    const { refresh_token } = await obtainTokens(owner.rp, user, OFFLINE);
    const stolen = await postForm(
      tokenUrl(),
      { grant_type: 'refresh_token', refresh_token: refresh_token! },
      basic(thief.app),
    );
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    await client.refreshTokenGrant(owner.rp.config, refresh_token!);
  });

  test('a resource that it was not issued for is refused, and the token is not used up by that', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const { refresh_token } = await obtainTokens(rp, user, OFFLINE);
    const mistaken = client.refreshTokenGrant(rp.config, refresh_token!, {
      resource: 'https://nowhere.example/',
    });
    await expect(mistaken).rejects.toMatchObject({ error: 'invalid_target' });
    await client.refreshTokenGrant(rp.config, refresh_token!);
  });

  test('scopes never grow', async () => {
    const user = await gatehouse().addUser();
    const { rp } = await webApp(gatehouse());
    const { refresh_token } = await obtainTokens(rp, user, OFFLINE);
    await expect(
      client.refreshTokenGrant(rp.config, refresh_token!, { scope: 'openid email profile' }),
    ).rejects.toMatchObject({
      error: 'invalid_scope',
    });
  });
});

flow(
  'A grace for parallel refreshes',
  (gatehouse) => {
    test('two at once both succeed, with different successors', async () => {
      const user = await gatehouse().addUser();
      const { rp } = await webApp(gatehouse());
      const { refresh_token } = await obtainTokens(rp, user, OFFLINE);
      const both = await inParallel(2, () => client.refreshTokenGrant(rp.config, refresh_token!));
      expect(new Set(both.map((tokens) => tokens.refresh_token)).size).toBe(2);
      for (const tokens of both) await client.refreshTokenGrant(rp.config, tokens.refresh_token!);
    });
  },
  { env: { REFRESH_TOKEN_GRACE: '5' } },
);
