import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { exchange, introspect, ownToken, scene } from '../support/exchange.js';
import { flow } from '../support/flow.js';

flow('Token exchange (RFC 8693)', (gatehouse) => {
  test.each(['jwt', 'opaque'] as const)(
    'an API that was called for a person with a token of the format %s calls another one for them',
    async (format) => {
      const { stock, orders, user, token } = await scene(gatehouse(), { orders: format, stock: 'jwt' });
      const { status, body, headers } = await exchange(gatehouse(), orders.app, {
        subject_token: token,
        resource: stock.resource,
        scope: stock.read,
      });
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(body).toEqual({
        access_token: expect.any(String),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: expect.any(Number),
        scope: stock.read,
      });
      expect(decodeJwt(String(body['access_token']))).toMatchObject({
        iss: gatehouse().issuer,
        sub: user.id,
        aud: stock.resource,
        client_id: orders.app.id,
        scope: stock.read,
      });
      expect(await introspect(gatehouse(), stock.app, body['access_token'])).toMatchObject({
        active: true,
        sub: user.id,
        client_id: orders.app.id,
      });
    },
  );

  test('with an actor token, the new one says who acts', async () => {
    const { stock, orders, user, token } = await scene(gatehouse(), { orders: 'jwt', stock: 'opaque' }, {});
    const { body } = await exchange(gatehouse(), orders.app, {
      subject_token: token,
      actor_token: await ownToken(gatehouse(), orders.app),
      audience: stock.resource,
      scope: stock.read,
    });
    expect(await introspect(gatehouse(), stock.app, body['access_token'])).toMatchObject({
      active: true,
      sub: user.id,
      client_id: orders.app.id,
      act: { sub: orders.app.id },
    });
  });
});
