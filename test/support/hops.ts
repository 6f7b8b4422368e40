import { createBrowser, type Browser, type Page } from './browser.js';
import { REDIRECT_URI, webApp, type RelyingParty } from './relying-party.js';
import { PASSWORD, type Instance } from './start.js';

/** Every address begins like this: a redirect is where a hop ends, and its `url` is where the next one leads. */
const ANYWHERE = { stopAt: 'http' };

export const hop = (browser: Browser, url: string): Promise<Page> => browser.open(url, ANYWHERE);

export const send = (
  browser: Browser,
  page: Page,
  action: string,
  fields: Record<string, string> = {},
): Promise<Page> => browser.submit(page, action, fields, ANYWHERE);

export interface SignInByHops {
  app: { id: string; secret: string };
  rp: RelyingParty;
  browser: Browser;
  /** The answer to each request, in running order. */
  authorize: Page;
  signInPage: Page;
  wrongPassword: Page;
  signIn: Page;
  resume: Page;
  /** Undefined, as what follows from it, where the app is one of the operator's own. */
  consentPage?: Page;
  consent?: Page;
  resumeAgain?: Page;
  /** What redeems the code that came of it. */
  tokenForm: Record<string, string>;
}

/** A sign-in of a new person at a new app, one request after the other. */
export async function signInByHops(
  gatehouse: Instance,
  settings: Record<string, unknown> = {},
  parameters: Record<string, string> = {},
): Promise<SignInByHops> {
  const user = await gatehouse.addUser();
  const { app, rp } = await webApp(gatehouse, settings);
  const { url, checks } = await rp.begin(parameters);
  const browser = createBrowser();
  const authorize = await hop(browser, url);
  const signInPage = await hop(browser, authorize.url);
  const tryPassword = (password: string) =>
    send(browser, signInPage, '/sign-in', { login: user.login, password });
  const wrongPassword = await tryPassword('wrong');
  const signIn = await tryPassword(PASSWORD);
  const resume = await hop(browser, signIn.url);
  const steps = { app, rp, browser, authorize, signInPage, wrongPassword, signIn, resume };
  const form = { redirect_uri: REDIRECT_URI, code_verifier: String(checks.pkceCodeVerifier) };
  const tokenForm = (callback: Page) => ({
    ...form,
    grant_type: 'authorization_code',
    code: new URL(callback.url).searchParams.get('code') ?? '',
  });
  if (resume.url.startsWith(REDIRECT_URI)) return { ...steps, tokenForm: tokenForm(resume) };
  const consentPage = await hop(browser, resume.url);
  const consent = await send(browser, consentPage, '/consent');
  const resumeAgain = await hop(browser, consent.url);
  return { ...steps, consentPage, consent, resumeAgain, tokenForm: tokenForm(resumeAgain) };
}
