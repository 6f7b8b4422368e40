import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { demoFolder, startDemo, type DemoProcess } from './demo-process.js';

jest.setTimeout(40_000);

let demo: DemoProcess;
let folder: Awaited<ReturnType<typeof demoFolder>>;

beforeAll(async () => {
  folder = await demoFolder();
  demo = await startDemo(folder.path);
});

afterAll(async () => {
  await demo?.end();
  await folder.remove();
});

const screen = createBrowser();
const phone = createBrowser();
const look = () => screen.open(demo.tv.url);

test('the television shows a code and a picture of it, and who let it in with a phone', async () => {
  const code = await screen.submit(await look(), '/sign-in');
  expect(code.html).toContain('<svg');
  expect(code.html).toContain('http-equiv="refresh" content="5"');
  const userCode = /class="user-code">([A-Z-]+)</u.exec(code.html)![1]!;
  const address = /href="([^"]+user_code=[^"]+)"/u.exec(code.html)![1]!;
  expect(address).toBe(`${demo.issuer}/device?user_code=${userCode}`);

  const confirm = await phone.submit(await phone.open(address), '/device');
  const signIn = await phone.submit(confirm, '/device', { confirm: 'yes' });
  const { login, password } = demo.users[0]!;
  const consent = await phone.submit(signIn, '/sign-in', { login, password });
  const done = await phone.submit(consent, '/consent');
  expect(done.html).toContain('Acme TV');

  // It asks every five seconds at the most, however often it is looked at.
  const letIn = await eventually(async () => {
    const page = await look();
    return page.html.includes('Hello, Anna Berger') ? page : undefined;
  }, 20_000);
  await screen.submit(letIn, '/sign-out');
  expect((await look()).html).toContain('Sign in with another device');
});

test('a code that somebody refused lets nobody in', async () => {
  const code = await screen.submit(await look(), '/sign-in');
  const address = /href="([^"]+user_code=[^"]+)"/u.exec(code.html)![1]!;
  const confirm = await phone.submit(await phone.open(address), '/device');
  await phone.submit(confirm, '/device', { abort: 'yes' });
  const next = await eventually(async () => {
    const page = await look();
    return page.html.includes('class="user-code"') ? undefined : page;
  }, 20_000);
  expect(next.html).toContain('Somebody refused the code.');
});

test('another page cannot press its buttons', async () => {
  const answer = await fetch(`${demo.tv.url}/sign-in`, {
    method: 'POST',
    headers: { origin: 'https://evil.example' },
  });
  expect(answer.status).toBe(403);
});
