import { describe, expect, test } from '@jest/globals';

import { judgeRedirectUri, webOrigins } from '../../src/domain/redirect-uris.js';
import type { ClientKind } from '../../src/store/clients.js';

const accepted: [ClientKind, string][] = [
  ['web', 'https://app.example.com/callback'],
  ['web', 'https://app.example.com'],
  ['web', 'https://app.example.com:8443/a/b?tenant=1&x=%2F'],
  ['web', 'https://xn--bcher-kva.example/cb'],
  ['web', 'https://203.0.113.7/cb'],
  ['web', 'https://[2001:db8::1]/cb'],
  ['web', 'https://app.example.com/a..b/...'],
  ['web', 'http://localhost:8080/cb'],
  ['web', 'https://localhost:8443/cb'],
  ['spa', 'http://127.0.0.1:5173/'],
  ['spa', 'http://[::1]:5173/cb'],
  ['native', 'http://127.0.0.1/cb'],
  ['native', 'http://localhost:7777/cb'],
  ['native', 'com.example.app:/oauth2redirect'],
  ['native', 'com.example.app://callback'],
  ['native', 'https://app.example.com/native-callback'],
];

/** Kind, URI, part of the reason, and the safe alternative if there is one. */
const refused = (
  [
    // What is no URI that a browser could be sent to.
    ['web', '', 'not an absolute URI'],
    ['web', '/callback', 'not an absolute URI'],
    ['web', 'app.example.com/cb', 'not an absolute URI', 'https://app.example.com/cb'],
    ['web', 'localhost:3000/cb', 'not an absolute URI', 'http://localhost:3000/cb'],
    ['web', 'https://', 'not an absolute URI'],
    ['web', `https://app.example.com/${'a'.repeat(2000)}`, 'longer than 2000'],

    // What leads to another place than it seems to (Pocket ID CVE-2026-28512 was the first of these).
    ['web', 'https://app.example.com@evil.example/cb', 'user name'],
    ['web', 'https://app.example.com:pass@evil.example/cb', 'user name'],
    ['web', 'https://@evil.example/cb', 'user name'],
    ['web', 'https://app.example.com\\@evil.example/cb', 'backslash'],
    ['web', 'https:\\\\app.example.com/cb', 'backslash'],
    ['web', 'https:app.example.com/cb', 'two slashes', 'https://app.example.com/cb'],
    ['web', 'https:///app.example.com/cb', 'two slashes', 'https://app.example.com/cb'],
    ['web', 'https://app.example.com/a/../cb', 'segments', 'https://app.example.com/cb'],
    ['web', 'https://app.example.com/a/%2e%2E/cb', 'segments', 'https://app.example.com/cb'],
    ['web', 'https://app.example.com/a/.%2e', 'segments', 'https://app.example.com/'],
    ['web', 'https://app.example.com./cb', 'dot at the end', 'https://app.example.com/cb'],
    ['web', 'https://b\u00fccher.example/cb', 'outside ASCII', 'https://xn--bcher-kva.example/cb'],
    ['web', 'https://\u0430pple.example/cb', 'outside ASCII', 'https://xn--pple-43d.example/cb'],
    [
      'web',
      'https://app.example.com\u3002evil.example/cb',
      'outside ASCII',
      'https://app.example.com.evil.example/cb',
    ],
    ['native', 'http://2130706433/cb', 'disguise', 'http://127.0.0.1/cb'],
    ['native', 'http://0x7f.1/cb', 'disguise', 'http://127.0.0.1/cb'],
    ['native', 'http://127.1/cb', 'disguise', 'http://127.0.0.1/cb'],
    ['native', 'http://0177.0.0.1/cb', 'disguise', 'http://127.0.0.1/cb'],

    // What the exact comparison could never match, or match too much.
    ['web', 'https://*.example.com/cb', 'wildcard'],
    ['web', 'https://app.example.com/*', 'wildcard'],
    ['web', 'https://app.example.com/cb#', 'fragment', 'https://app.example.com/cb'],
    ['web', 'https://app.example.com/cb#/route', 'fragment', 'https://app.example.com/cb'],
    ['web', 'https://App.Example.com/cb', 'as browsers send it', 'https://app.example.com/cb'],
    ['web', 'https://app.example.com:443/cb', 'as browsers send it', 'https://app.example.com/cb'],
    ['web', 'https://%61pp.example.com/cb', 'as browsers send it', 'https://app.example.com/cb'],
    ['web', 'https://app.example.com?x=1', 'as browsers send it', 'https://app.example.com/?x=1'],
    ['web', 'https://app.example.com/cb?code=x', 'answer brings'],
    ['web', ' https://app.example.com/cb', 'white space'],
    ['web', 'https://app.example.com/c b', 'white space'],
    ['web', 'https://app.example.com/cb\n', 'white space'],
    ['web', 'https://app.example.com/\u0000cb', 'white space or invisible'],
    ['web', 'https://app.example.com/\u200bcb', 'white space or invisible'],
    ['web', 'https://app.example.com/\u202ecb', 'white space or invisible'],
    ['web', 'https://app.example.com/%00', 'encoded control'],
    ['web', 'https://app.example.com/%0d%0aLocation:', 'encoded control'],
    ['web', 'https://app.example.com/%zz', 'broken percent-encoding'],
    [
      'web',
      'https://app.example.com/"><script>',
      'percent-encode',
      'https://app.example.com/%22%3E%3Cscript%3E',
    ],

    // What carries the code in the clear.
    ['web', 'http://app.example.com/cb', 'in the clear', 'https://app.example.com/cb'],
    ['web', 'http://127.0.0.1.evil.example/cb', 'in the clear', 'https://127.0.0.1.evil.example/cb'],
    ['web', 'http://localhost.evil.example/cb', 'in the clear', 'https://localhost.evil.example/cb'],
    ['native', 'http://192.168.0.7/cb', 'in the clear', 'https://192.168.0.7/cb'],
    ['native', 'http://0.0.0.0/cb', 'in the clear', 'https://0.0.0.0/cb'],
    ['native', 'https://127.0.0.1/cb', 'https on loopback', 'http://127.0.0.1/cb'],

    // Schemes that run code or that anyone may claim; Keycloak CVE-2026-9086 compared them with their case.
    ...['web', 'spa', 'native'].flatMap((kind) =>
      [
        'javascript:alert(1)',
        'JavaScript:alert(1)',
        'data:text/html,x',
        'file:///etc/passwd',
        'blob:https://a/b',
        'vbscript:x',
      ].map((uri): [ClientKind, string, string] => [kind as ClientKind, uri, 'runs code']),
    ),
    ['web', 'java\nscript:alert(1)', 'not an absolute URI'],
    ['web', 'com.example.app:/cb', 'native apps alone'],
    ['spa', 'com.example.app:/cb', 'native apps alone'],
    ['native', 'myapp:/cb', 'domain name that you own'],
    ['native', 'myapp://callback', 'domain name that you own'],
    ['native', 'ftp://app.example.com/cb', 'domain name that you own'],
    ['native', 'com.example.app:', 'nothing behind'],
    ['native', 'com.example.app:/', 'nothing behind'],
    ['native', 'Com.Example.App:/cb', 'capitals in its scheme', 'com.example.app:/cb'],
    ['web', 'HTTPS://app.example.com/cb', 'capitals in its scheme', 'https://app.example.com/cb'],
  ] satisfies [ClientKind, string, string, string?][]
).map(([kind, uri, reason, instead]) => ({
  kind,
  uri,
  reason,
  instead,
  shown: JSON.stringify(uri).slice(0, 70),
}));

describe('a redirect URI', () => {
  test.each(accepted)('of kind %s may be %s', (kind, uri) => {
    expect(judgeRedirectUri(uri, kind)).toEqual({ reasons: [], notes: expect.any(Array) });
  });

  test.each(refused)('of kind $kind may not be $shown: $reason', ({ kind, uri, reason, instead }) => {
    const verdict = judgeRedirectUri(uri, kind);
    expect(verdict.reasons.join('\n')).toContain(reason);
    expect(verdict.instead).toBe(instead);
  });

  test('is told of everything that is wrong with it, and one alternative that mends it all', () => {
    const { reasons, instead } = judgeRedirectUri('http://App.example.com/a/../cb#top', 'web');
    expect(reasons).toHaveLength(3);
    expect(instead).toBe('https://app.example.com/cb');
  });

  test('that is offered in place of another breaks no rule itself', () => {
    const offered = refused.filter(({ instead }) => instead !== undefined);
    expect(offered.flatMap(({ kind, instead }) => judgeRedirectUri(instead!, kind).reasons)).toEqual([]);
  });

  test('says what is worth knowing about loopback and private-use schemes', () => {
    expect(judgeRedirectUri('http://localhost:8080/cb', 'web').notes).toEqual([
      expect.stringContaining('for development'),
    ]);
    expect(judgeRedirectUri('http://127.0.0.1/cb', 'native').notes).toEqual([
      expect.stringContaining('any port'),
    ]);
    expect(judgeRedirectUri('http://localhost/cb', 'native').notes).toContainEqual(
      expect.stringContaining('Prefer 127.0.0.1'),
    );
    expect(judgeRedirectUri('com.example.app:/cb', 'native').notes).toEqual([
      expect.stringContaining('Another app on the device'),
    ]);
    expect(judgeRedirectUri('https://app.example.com/cb', 'web').notes).toEqual([]);
  });
});

test('the origins of redirect URIs are those of the web alone', () => {
  const uris = [
    'https://app.example.com/cb',
    'https://app.example.com/silent',
    'http://localhost:5173/',
    'com.example.app:/cb',
  ];
  expect(webOrigins(uris)).toEqual(['https://app.example.com', 'http://localhost:5173']);
});
