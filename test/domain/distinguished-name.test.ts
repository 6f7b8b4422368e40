import { describe, expect, test } from '@jest/globals';
import { parseDistinguishedName } from '../../src/domain/distinguished-name.js';

describe('a distinguished name (RFC 4514)', () => {
  test.each([
    ['CN=a,O=b', 'cn = a , o = b'],
    ['CN=a', '2.5.4.3=a'],
    ['CN=a+OU=b,O=c', 'OU=b+CN=a,O=c'],
    ['O=Acme\\, Inc.', 'O=Acme\\2c Inc.'],
    ['CN=a\\+b\\"c\\"\\\\', 'CN=a\\2Bb\\22c\\22\\5C'],
    ['CN=č', 'CN=\\C4\\8D'],
    ['CN=a=b', 'CN=a\\3Db'],
    ['CN=\\ a\\ ', 'CN=\\20a\\20'],
  ])('%s is the same as %s', (one, other) => {
    expect(parseDistinguishedName(one)).toEqual(parseDistinguishedName(other));
    expect(parseDistinguishedName(one)).toBeDefined();
  });

  test.each([
    ['CN=a,O=b', 'O=b,CN=a'],
    ['CN=a,O=b', 'CN=a+O=b'],
    ['CN=a', 'CN=A'],
    ['CN=a', 'OU=a'],
    ['CN=a', 'CN=a\\ '],
    ['CN=a\\,O=b', 'CN=a,O=b'],
    ['CN=a\\\\,O=b', 'CN=a\\,O=b'],
    ['CN=a', 'CN=a,CN=a'],
  ])('%s is not %s', (one, other) => {
    expect(parseDistinguishedName(one)).not.toEqual(parseDistinguishedName(other));
  });

  test.each([
    '',
    ',',
    'CN',
    'CN=',
    'a',
    'CN=a,',
    ',CN=a',
    'X=a',
    'CN="a"',
    'CN=#0401',
    'CN=a\\',
    'CN=\\z',
    '1=a',
  ])('%j is none', (text) => expect(parseDistinguishedName(text)).toBeUndefined());
});
