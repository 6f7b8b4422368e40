import { expect, test } from '@jest/globals';
import { createBrowser, formFields } from '../support/browser.js';
import { flow, inParallel } from '../support/flow.js';
import { rawRequest, type RawAnswer } from '../support/raw-request.js';
import { asBrowser, formPost } from '../support/refusals.js';
import { webApp } from '../support/relying-party.js';
import { PASSWORD, type Instance } from '../support/start.js';

/** A sign-in page, and tries at it: each a post of the form. */
async function signInPage(gatehouse: Instance, language = 'en') {
  const { rp } = await webApp(gatehouse);
  const browser = createBrowser();
  const page = await browser.open((await rp.begin()).url);
  const { action, fields } = formFields(page.html, '/sign-in');
  const cookie = browser
    .cookies()
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
  return (login: string, password = 'wrong', headers: Record<string, string> = {}): Promise<RawAnswer> =>
    rawRequest(
      gatehouse,
      formPost(action, String(new URLSearchParams({ ...fields, login, password })), {
        ...asBrowser,
        'accept-language': language,
        cookie,
        ...headers,
      }),
    );
}

type Try = Awaited<ReturnType<typeof signInPage>>;

async function fail(attempt: Try, login: string, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) expect((await attempt(login)).status).toBe(401);
}

function expectPaused({ status, headers, text }: RawAnswer): void {
  expect(status).toBe(429);
  const seconds = Number(headers['retry-after']);
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(15 * 60);
  expect(text).toContain('role="alert"');
  expect(text).toContain('name="password"');
}

/** What a person sees of the page, without what is new in each answer. */
function wordsOf({ text }: RawAnswer): string {
  return text.replaceAll(/ nonce="[^"]*"/gu, '');
}

const signedIn = 303;

// Each account on its own: the limit by address stays out of the way.
const byAccount = { THROTTLE_PER_ACCOUNT: '10', THROTTLE_PER_ADDRESS: '10000' };

flow(
  'Failed sign-ins of one account',
  (gatehouse) => {
    test('after ten of them the eleventh is told how long to wait, in words, also with the right password', async () => {
      const { login } = await gatehouse().addUser();
      const attempt = await signInPage(gatehouse());
      await fail(attempt, login, 10);
      const paused = await attempt(login);
      expectPaused(paused);
      expect(paused.text).toMatch(/Try again in .*1[45] minutes/u);
      expectPaused(await attempt(login, PASSWORD));
      const german = await signInPage(gatehouse(), 'de');
      expect((await german(login)).text).toMatch(/1[45] Minuten/u);
    });

    test('another account is not affected, and neither are nine failures and then the right password', async () => {
      const [ada, grace] = [await gatehouse().addUser(), await gatehouse().addUser()];
      const attempt = await signInPage(gatehouse());
      await fail(attempt, ada.login, 10);
      expectPaused(await attempt(ada.login, PASSWORD));
      await fail(attempt, grace.login, 9);
      expect((await attempt(grace.login, PASSWORD)).status).toBe(signedIn);
    });

    test('email and username are one account: the right password is refused under both, as a wrong one is', async () => {
      const email = 'counted.once@example.com';
      await gatehouse().addUser({ email, username: 'countedonce' });
      const attempt = await signInPage(gatehouse());
      await fail(attempt, email, 5);
      await fail(attempt, 'countedonce', 5);
      for (const login of [email, 'countedonce']) {
        const [right, wrong] = [await attempt(login, PASSWORD), await attempt(login)];
        expect([right.status, wrong.status]).toEqual([401, 401]);
        expect(wordsOf(right)).toBe(wordsOf(wrong));
      }
    });

    test('no pause tells which username belongs to a paused email', async () => {
      const email = 'linked@example.com';
      await gatehouse().addUser({ email, username: 'linked' });
      const attempt = await signInPage(gatehouse());
      await fail(attempt, email, 10);
      expectPaused(await attempt(email));
      for (const username of ['linked', 'unrelated']) {
        await fail(attempt, username, 10);
        expectPaused(await attempt(username));
      }
    });

    test('letter case, spaces around it and other spellings of the same letters are one account', async () => {
      const email = 'spelled@example.com';
      await gatehouse().addUser({ email });
      const attempt = await signInPage(gatehouse());
      const spellings = [
        email,
        'SPELLED@EXAMPLE.COM',
        ' spelled@example.com ',
        'ｓｐｅｌｌｅｄ@example.com',
        'Spelled@Example.com',
      ];
      for (const spelling of [...spellings, ...spellings]) await fail(attempt, spelling, 1);
      for (const spelling of spellings) expectPaused(await attempt(spelling, PASSWORD));
    });

    test('whoever does not exist is paused alike, in every spelling', async () => {
      const attempt = await signInPage(gatehouse());
      await fail(attempt, 'nobody.at.all@example.com', 5);
      await fail(attempt, 'Nobody.At.All@example.com', 5);
      expectPaused(await attempt('nobody.at.all@example.com'));
    });

    test('a new page, another browser and another app do not buy new tries', async () => {
      const { login } = await gatehouse().addUser();
      for (let count = 0; count < 10; count += 1) await fail(await signInPage(gatehouse()), login, 1);
      expectPaused(await (await signInPage(gatehouse()))(login, PASSWORD));
    });

    test('of 50 guesses at the same moment ten are judged', async () => {
      const { login } = await gatehouse().addUser();
      const attempt = await signInPage(gatehouse());
      const answers = await inParallel(50, () => attempt(login));
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 401)).toHaveLength(10);
      expect(statuses.filter((status) => status === 429)).toHaveLength(40);
      for (const answer of answers.filter(({ status }) => status === 429)) expectPaused(answer);
    });
  },
  { env: byAccount },
);

let now = Date.now();

flow(
  'The end of the pause',
  (gatehouse) => {
    test('comes by itself, when it was said to come', async () => {
      const { login } = await gatehouse().addUser();
      const attempt = await signInPage(gatehouse());
      await fail(attempt, login, 10);
      const seconds = Number((await attempt(login, PASSWORD)).headers['retry-after']);
      now += (seconds - 5) * 1000;
      expectPaused(await attempt(login, PASSWORD));
      now += 6 * 1000;
      expect((await attempt(login, PASSWORD)).status).toBe(signedIn);
    });
  },
  { env: byAccount, clock: () => now },
);

const byAddress = { THROTTLE_PER_ACCOUNT: '1000', THROTTLE_PER_ADDRESS: '10' };
const from = (address: string) => ({ 'x-forwarded-for': address });

flow(
  'Failed sign-ins from one address, by whichever names',
  (gatehouse) => {
    test('ten pause the next, and an invented X-Forwarded-For buys nothing', async () => {
      const { login } = await gatehouse().addUser();
      const attempt = await signInPage(gatehouse());
      for (let count = 0; count < 10; count += 1) {
        const answer = await attempt(`guess${count}@example.com`, 'wrong', from(`203.0.113.${count}`));
        expect(answer.status).toBe(401);
      }
      expectPaused(await attempt(login, PASSWORD));
      expectPaused(await attempt(login, PASSWORD, from('203.0.113.99')));
    });
  },
  { env: byAddress },
);

flow(
  'Behind a trusted proxy',
  (gatehouse) => {
    test('the address that the proxy saw counts, and not what the client wrote before it', async () => {
      const { login } = await gatehouse().addUser();
      const attempt = await signInPage(gatehouse());
      for (let count = 0; count < 10; count += 1) {
        const answer = await attempt(
          `guess${count}@example.com`,
          'wrong',
          from(`198.51.100.${count}, 203.0.113.7`),
        );
        expect(answer.status).toBe(401);
      }
      expectPaused(await attempt(login, PASSWORD, from('203.0.113.7')));
      expectPaused(await attempt(login, PASSWORD, from('198.51.100.77, 203.0.113.7')));
      expect((await attempt(login, PASSWORD, from('203.0.113.8'))).status).toBe(signedIn);
    });

    test('the addresses of one IPv6 network are one', async () => {
      const { login } = await gatehouse().addUser();
      const attempt = await signInPage(gatehouse());
      for (let count = 0; count < 10; count += 1) {
        await attempt(`guess${count}@example.com`, 'wrong', from(`2001:db8:1:1::${count}`));
      }
      expectPaused(await attempt(login, PASSWORD, from('2001:DB8:1:1:ffff:0:0:1')));
      expect((await attempt(login, PASSWORD, from('2001:db8:1:2::1'))).status).toBe(signedIn);
    });
  },
  { env: { ...byAddress, TRUSTED_PROXIES: 'loopback' } },
);
