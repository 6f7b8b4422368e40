import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listenForLogout, type BackChannel } from '../support/back-channel.js';
import { goProgram } from '../support/client-libraries.js';
import { commonFlows, libraryFlows, settingsOf, webApp } from './library-flows.js';
import { person } from './person.js';

libraryFlows('go-oidc and x/oauth2 (Go)', [goProgram()], (library) => {
  commonFlows(library);

  let channel: BackChannel;
  beforeAll(async () => {
    channel = await listenForLogout();
  });
  afterAll(() => channel.close());

  test('an app that is told of a sign-out finds the logout token good', async () => {
    const { gatehouse, run } = library();
    const user = await gatehouse.addUser();
    const app = await webApp(gatehouse, { backchannelLogoutUri: channel.url });
    const settings = settingsOf(gatehouse, app);
    const { claims } = await run('code-flow', settings, person(user));
    await gatehouse.gatehouse.userSessions.endAll(user.id);
    await channel.waitFor(1);
    const [logout_token] = channel.received;
    expect(await run('logout-token', { ...settings, logout_token })).toEqual({
      subject: user.id,
      session: (claims as { sid: string }).sid,
    });
  });
});
