import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { IntlMessageFormat } from 'intl-messageformat';
import { KNOWN_CLAIMS, KNOWN_SCOPES } from '../../src/pages/consent-words.js';
import { errorWords, KNOWN_ERROR_CODES } from '../../src/pages/error-words.js';
import { FAULT_WORDS } from '../../src/pages/first-administrator-words.js';
import { LANGUAGES } from '../../src/pages/language.js';
import { loadMessages } from '../../src/pages/messages.js';
import type { PageData, SignInProblem, UserCodeProblem } from '../../src/pages/page-data.js';

const read = (language: string) =>
  JSON.parse(readFileSync(join('views', 'messages', `${language}.json`), 'utf8')) as Record<string, string>;
const english = read('en');

/** Names of arguments and tags, however deep in plurals. */
function placeholders(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(placeholders);
  if (typeof node !== 'object' || node === null) return [];
  const { type, value, ...rest } = node as { type?: number; value?: unknown };
  const own = type !== undefined && type > 0 && type !== 7 ? [String(value)] : [];
  return [
    ...own,
    ...Object.values(rest).flatMap(placeholders),
    ...(typeof value === 'object' ? placeholders(value) : []),
  ];
}

const distinct = (message: string, language: string) =>
  [...new Set(placeholders(new IntlMessageFormat(message, language).getAst()))].sort();

/** Keys that views and code write out, and those that they put together from a list. */
function usedKeys(): string[] {
  const areas = new Set(Object.keys(english).map((key) => key.split('.')[0]));
  const sources = ['views', join('src', 'pages')].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ejs|ts)$/.test(file))
      .map((file) => readFileSync(join(root, file), 'utf8')),
  );
  const literal = sources.flatMap((source) =>
    [...source.matchAll(/'([a-z]\w*(?:\.\w+)+)'/gi)].map((match) => match[1]!),
  );
  const problems: Record<SignInProblem['code'], true> = {
    wrong_credentials: true,
    missing_fields: true,
    throttled: true,
    overloaded: true,
  };
  const codeProblems: Record<UserCodeProblem['code'], true> = {
    missing: true,
    unknown: true,
    expired: true,
    used: true,
    stale_form: true,
    throttled: true,
  };
  const ends: Record<PageData['account/request-over']['state'], true> = {
    approved: true,
    denied: true,
    expired: true,
  };
  return [
    ...literal.filter((key) => areas.has(key.split('.')[0])),
    ...['imprint', 'privacy', 'terms', 'support'].map((link) => `footer.${link}`),
    ...Object.keys(problems).map((code) => `signIn.problem.${code}`),
    ...Object.keys(codeProblems).map((code) => `device.problem.${code}`),
    ...Object.keys(ends).flatMap((end) => [`requestOver.${end}.heading`, `requestOver.${end}.lead`]),
    ...KNOWN_SCOPES.flatMap((scope) => [`scope.${scope}`, `scope.${scope}.more`]),
    ...KNOWN_CLAIMS.map((claim) => `claim.${claim}`),
    ...KNOWN_ERROR_CODES.map((code) => errorWords(code, 400)).flatMap((words) => [
      `error.${words}.what`,
      `error.${words}.next`,
    ]),
    ...Object.entries(FAULT_WORDS).flatMap(([field, codes]) =>
      codes.map((code) => `firstAdministrator.fault.${field}.${code}`),
    ),
  ];
}

describe('The catalogues', () => {
  test.each(LANGUAGES)('say everything in %s, and nothing that no page says', (language) => {
    expect(Object.keys(read(language)).sort()).toEqual([...new Set(usedKeys())].sort());
  });

  test.each(LANGUAGES)('have the same placeholders in %s as in English', (language) => {
    const catalogue = read(language);
    const own = Object.entries(catalogue).map(([key, message]) => [key, distinct(message, language)]);
    const expected = Object.keys(catalogue).map((key) => [key, distinct(english[key]!, 'en')]);
    expect(own).toEqual(expected);
  });

  test('see placeholders inside plurals and tags', () => {
    expect(distinct('{count, plural, one {# {thing}} other {<strong>{more}</strong>}}', 'en')).toEqual([
      'count',
      'more',
      'strong',
      'thing',
    ]);
  });

  test('keep the order of English, so that translations can be read side by side', () => {
    expect(Object.keys(read('de'))).toEqual(Object.keys(english));
  });

  test('count in the right number', () => {
    const { en, de } = loadMessages();
    expect(en.text('wait.minutes', { count: 1 })).toBe('1 minute');
    expect(en.text('wait.minutes', { count: 2 })).toBe('2 minutes');
    expect(de.text('wait.hours', { count: 3 })).toBe('3 Stunden');
  });

  test('refuse a key that they lack', () => {
    expect(() => loadMessages().en.text('signIn.nothing')).toThrow('No message "signIn.nothing"');
  });

  test('escape every value in HTML, inside a tag of the catalogue and outside', () => {
    const html = loadMessages().en.html('signIn.lead', { brand: '<b>&', client: '<img src=x> \u202Ex' });
    expect(html).toBe(
      'Use your &lt;b&gt;&amp; account to continue to <strong><bdi>&lt;img src=x&gt; x</bdi></strong>.',
    );
  });
});
