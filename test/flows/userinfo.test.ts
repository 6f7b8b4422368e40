import { expect, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { flow } from '../support/flow.js';
import { obtainTokens, webApp } from '../support/relying-party.js';

flow('Userinfo', (gatehouse) => {
  const ask = async (headers: Record<string, string>) => {
    const { rp } = await webApp(gatehouse());
    const tokens = await obtainTokens(rp, await gatehouse().addUser(), {}, { browser: createBrowser() });
    return fetch(`${gatehouse().issuer}/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}`, ...headers },
    });
  };

  test('answers with the interaction id of the request (FAPI 2.0), unless it is none', async () => {
    const id = 'c770aef3-6784-41f7-8e0e-ff5f97bddb3a';
    const answer = await ask({ 'x-fapi-interaction-id': id });
    expect([answer.status, answer.headers.get('x-fapi-interaction-id')]).toEqual([200, id]);
    const hostile = await ask({ 'x-fapi-interaction-id': `${id}<script>` });
    expect([hostile.status, hostile.headers.get('x-fapi-interaction-id')]).toEqual([200, null]);
  });
});
