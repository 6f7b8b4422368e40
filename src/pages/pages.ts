import type { Brand } from '../config.js';
import { readAssets } from './assets.js';
import { brandStyle } from './brand-style.js';
import { claimWordings, scopeWording } from './consent-words.js';
import { deviceName } from './device-name.js';
import { displayHost, displayText, escapeExactly, webUrl } from './display-text.js';
import { errorWords } from './error-words.js';
import { faultKey } from './first-administrator-words.js';
import type { Language } from './language.js';
import { loadMessages, type Messages } from './messages.js';
import type { ClientView, PageData, PageName } from './page-data.js';
import { loadTemplates } from './templates.js';

export interface Pages {
  /**
   * The whole document. `nonce` goes on its style and script elements: `style-src 'self' 'nonce-…'` and
   * `script-src 'nonce-…'` are all that a page needs, besides `img-src` for logos.
   */
  html<P extends PageName>(
    page: P,
    data: PageData[P],
    request: { language?: Language; nonce: string },
  ): string;
}

/** `assetsPath`: where `readAssets()` is served, without a trailing slash (`/oidc/assets`). */
export function createPages({
  brand,
  defaultLanguage,
  assetsPath,
}: {
  brand: Brand;
  defaultLanguage: Language;
  assetsPath: string;
}): Pages {
  const template = loadTemplates();
  const messages = loadMessages();
  const assets = readAssets();
  const asset = (file: string) => `${assetsPath}/${assets.get(file)!.name}`;
  const site = {
    brand: { ...brand, logoUrl: imageUrl(brand.logoUrl), links: footerLinks(brand.links) },
    brandStyle: brandStyle(brand.accent),
    stylesheet: asset('gatehouse.css'),
    script: asset('gatehouse.js'),
    icon: imageUrl(brand.logoUrl) ?? asset('mark.svg'),
  };

  return {
    html(page, data, { language = defaultLanguage, nonce }) {
      const words = messages[language];
      const people = peopleIn(data, words);
      const names = { brand: brand.name, client: people.client?.name ?? '' };
      const locals = {
        ...site,
        ...people,
        data,
        page,
        language,
        nonce,
        t: (key: string, values?: object) => words.text(key, { ...names, ...values }),
        rich: (key: string, values?: object) => words.html(key, { ...names, ...values }),
        wait: (seconds: number) => waitingTime(words, seconds),
        cleanClient: (client: ClientView) => cleanClient(client, words),
        exact: escapeExactly,
        short: displayText,
        host: displayHost,
        href: pageUrl,
        scopeWording,
        claimWordings,
        deviceName,
        errorWords,
        faultKey,
      };
      const still = 'stillSignedIn' in data && data.stillSignedIn;
      const title = locals.t(still ? 'signedOut.stillPageTitle' : TITLES[page]);
      return template('layout')({
        ...locals,
        title: hasProblem(data) ? locals.t('title.problem', { title }) : title,
        main: template(page)(locals),
      });
    },
  };
}

const TITLES: Record<PageName, string> = {
  'interaction/sign-in': 'signIn.pageTitle',
  'interaction/consent': 'consent.pageTitle',
  'interaction/sign-out': 'signOut.pageTitle',
  'interaction/signed-out': 'signedOut.pageTitle',
  'interaction/continue': 'continue.pageTitle',
  'device/code': 'device.pageTitle',
  'device/confirm': 'deviceConfirm.pageTitle',
  'device/done': 'deviceDone.pageTitle',
  'device/refused': 'deviceRefused.pageTitle',
  'account/requests': 'requests.pageTitle',
  'account/request': 'request.pageTitle',
  'account/request-over': 'requestOver.pageTitle',
  error: 'error.pageTitle',
  'first-administrator': 'firstAdministrator.pageTitle',
  'first-administrator-done': 'firstAdministratorDone.pageTitle',
  'front-page': 'frontPage.pageTitle',
};

/** What the page's data says about who asks and who is asked, cleaned: the only form in which views show it. */
function peopleIn(data: PageData[PageName], words: Messages) {
  const account = 'account' in data ? data.account : undefined;
  return {
    client: 'client' in data && data.client ? cleanClient(data.client, words) : undefined,
    account: account && {
      name: displayText(account.name),
      login: displayText(account.login),
      initial: initial(account.name || account.login),
    },
  };
}

function hasProblem(data: PageData[PageName]): boolean {
  return ('problem' in data && data.problem !== undefined) || ('faults' in data && data.faults.length > 0);
}

function cleanClient(client: ClientView, words: Messages) {
  const host = client.host && displayHost(client.host);
  return {
    name: displayText(client.name) || host || words.text('client.unnamed'),
    initial: initial(client.name),
    host,
    isRegistered: client.isRegistered !== false,
    registeredItself: client.registeredItself === true,
    isAccount: client.isAccount === true,
    url: webUrl(client.url),
    logoUrl: webUrl(client.logoUrl),
    policyUrl: webUrl(client.policyUrl),
    termsUrl: webUrl(client.termsUrl),
  };
}

/** The first letter or digit of a name, to stand where a picture is missing. */
function initial(name: string): string {
  return /[\p{L}\p{N}]/u.exec(displayText(name))?.[0].toLocaleUpperCase() ?? '';
}

function imageUrl(value: string | undefined): string | undefined {
  return value?.startsWith('data:image/') ? value : webUrl(value);
}

/** A page of ours by its path, or a web URL. */
function pageUrl(value: string | undefined): string | undefined {
  return value && /^\/(?![/\\])/.test(value) ? value : webUrl(value);
}

function footerLinks(links: Brand['links']): { key: string; url: string }[] {
  return (['imprint', 'privacy', 'terms', 'support'] as const).flatMap((key) => {
    const url = links[key]?.startsWith('mailto:') ? links[key] : webUrl(links[key]);
    return url ? [{ key: `footer.${key}`, url }] : [];
  });
}

/** A waiting time that a person can use: rounded up, in the largest unit that is not too coarse. */
function waitingTime(words: Messages, seconds: number): string {
  if (seconds <= 90) return words.text('wait.seconds', { count: Math.max(1, Math.ceil(seconds)) });
  if (seconds <= 90 * 60) return words.text('wait.minutes', { count: Math.ceil(seconds / 60) });
  return words.text('wait.hours', { count: Math.ceil(seconds / 3600) });
}
