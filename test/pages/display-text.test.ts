import { describe, expect, test } from '@jest/globals';
import { displayHost, displayText, escapeExactly, escapeText, webUrl } from '../../src/pages/display-text.js';

describe('A text of strangers', () => {
  test('cannot turn around what stands beside it', () => {
    expect(displayText('Bank\u202E\u2066\u200F\u061Cgpj.exe')).toBe('Bankgpj.exe');
    expect(escapeText('a\u202Eb\u0000c\u{E0041}d')).toBe('abcd');
  });

  test('stays on one line and keeps a bounded length, by whole characters', () => {
    expect(displayText('  a \n\t b\u00a0 c ')).toBe('a b c');
    expect(displayText('x'.repeat(300))).toBe(`${'x'.repeat(99)}…`);
    expect(displayText('👩‍👩‍👧'.repeat(5), 3)).toBe('👩‍👩‍👧👩‍👩‍👧…');
  });

  test('cannot climb out of its line by stacked accents', () => {
    expect(displayText(`Z${'\u0300'.repeat(500)}algo`)).toBe(`Z${'\u0300'.repeat(4)}algo`);
  });

  test('is left alone in any script', () => {
    for (const name of ['Fotos für Übermorgen', '写真', 'عکس\u200cها', 'צילומים', '👩🏽‍💻 Pair']) {
      expect(displayText(name)).toBe(name);
    }
  });

  test('is escaped for HTML', () => {
    expect(escapeText(`<a href="x" b='y'>&`)).toBe('&lt;a href=&#34;x&#34; b=&#39;y&#39;&gt;&amp;');
    expect(escapeText(undefined)).toBe('');
    expect(escapeExactly('"\u202E"')).toBe('&#34;\u202E&#34;');
  });
});

describe('A host of strangers', () => {
  test('keeps its end, which says whose it is', () => {
    const host = displayHost(`accounts.google.com.${'a'.repeat(100)}.evil.example`);
    expect(host).toMatch(/^…a+\.evil\.example$/);
    expect(host).toHaveLength(60);
    expect(displayHost('photos.example:8443')).toBe('photos.example:8443');
  });
});

describe('A URL of strangers', () => {
  test.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '//evil.example',
    '/path',
    'https://user:pass@evil.example/',
    'https://',
    '',
    undefined,
  ])('is not linked: %j', (url) => {
    expect(webUrl(url)).toBeUndefined();
  });

  test('is linked in its normal form', () => {
    expect(webUrl('https://photos.example/a b"<>')).toBe('https://photos.example/a%20b%22%3C%3E');
    expect(webUrl('http://127.0.0.1:8080/tos')).toBe('http://127.0.0.1:8080/tos');
  });
});
