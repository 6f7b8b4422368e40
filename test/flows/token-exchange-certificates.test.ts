import { beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type * as client from 'openid-client';
import { api } from '../support/api.js';
import { createBrowser } from '../support/browser.js';
import { createCertificate, type Certificate } from '../support/certificates.js';
import { ACCESS_TOKEN_TYPE, EXCHANGE_GRANT } from '../support/exchange.js';
import { basic } from '../support/flow.js';
import { mutualTlsFlow, type Shown } from '../support/mutual-tls.js';
import { obtainTokens, REDIRECT_URI, relyingParty } from '../support/relying-party.js';

let mine: Certificate;
let other: Certificate;
beforeAll(async () => {
  [mine, other] = await Promise.all([
    createCertificate({ name: 'me' }),
    createCertificate({ name: 'other' }),
  ]);
}, 60_000);

mutualTlsFlow(
  'Token exchange and certificates (RFC 8693, RFC 8705 3)',
  (given) => {
    test('a bound token is exchanged by whoever shows its certificate, for one that is bound to it', async () => {
      const { instance, as, post } = given();
      const [orders, stock] = [await api(instance, 'jwt'), await api(instance, 'jwt')];
      const app = await instance.addClient({
        kind: 'web',
        firstParty: true,
        redirectUris: [REDIRECT_URI],
        resources: [orders.resource],
        metadata: { tls_client_certificate_bound_access_tokens: true },
      });
      const tokenExchange = { clients: [app.id], targets: [stock.resource], impersonation: true };
      await instance.gatehouse.clients.update(app.id, { tokenExchange });
      const gateway = await instance.addClient({ kind: 'service', tokenExchange });
      const rp = await relyingParty(instance.issuer, app, {
        send: as(mine) as client.CustomFetch,
        metadata: { use_mtls_endpoint_aliases: true },
      });
      const { access_token } = await obtainTokens(
        rp,
        await instance.addUser(),
        { scope: 'openid', resource: orders.resource },
        { browser: createBrowser(as()), tokenParameters: { resource: orders.resource } },
      );
      const { cnf } = decodeJwt(access_token);
      expect(cnf).toEqual({ 'x5t#S256': expect.any(String) });

      const form = {
        grant_type: EXCHANGE_GRANT,
        subject_token: access_token,
        subject_token_type: ACCESS_TOKEN_TYPE,
        resource: stock.resource,
      };
      const ask = (by: typeof app, certificate?: Shown) => post('/token', form, certificate, basic(by));
      expect(await ask(app, other)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      expect(await ask(app)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
      expect(await ask(gateway, other)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      expect(await ask(gateway)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      const exchanged = await ask(app, mine);
      expect(exchanged.status).toBe(200);
      expect(decodeJwt(String(exchanged.body['access_token']))).toMatchObject({ cnf });
    });
  },
  { ways: ['direct'] },
);
