import { describe, expect, test } from '@jest/globals';
import {
  foldCase,
  normaliseEmail,
  normaliseLogin,
  normaliseUsername,
  type Identifier,
} from '../../src/domain/identifiers.js';

const keyOf = (identifier: Identifier) => (identifier.ok ? identifier.key : identifier.fault);

describe('a username', () => {
  test('is kept as written and compared without case, width or spelling of accents', () => {
    expect(normaliseUsername('  Ada.Lovelace ')).toEqual({
      ok: true,
      value: 'Ada.Lovelace',
      key: 'ada.lovelace',
    });
    expect(keyOf(normaliseUsername('ＡＤＡ'))).toBe('ada');
    expect(keyOf(normaliseUsername('Jose\u0301'))).toBe(keyOf(normaliseUsername('JOSÉ')));
    expect(keyOf(normaliseUsername('Straße'))).toBe(keyOf(normaliseUsername('STRASSE')));
    expect(keyOf(normaliseUsername('ΣΊΣΥΦΟΣ'))).toBe(keyOf(normaliseUsername('Σίσυφος')));
  });

  test('in Turkish spelling cannot be somebody else’s in English', () => {
    const spellings = ['istanbul', 'ISTANBUL', 'İSTANBUL', 'ıstanbul', 'i\u0307stanbul'];
    expect(new Set(spellings.map((name) => keyOf(normaliseUsername(name))))).toEqual(new Set(['istanbul']));
  });

  test.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['a'.repeat(65), 'too_long'],
    ['a'.repeat(1_000_000), 'too_long'],
    ['ﷺ'.repeat(60), 'too_long'],
    ['two words', 'character'],
    ['nul\0', 'character'],
    ['line\nbreak', 'character'],
    ['soft\u00adhyphen', 'character'],
    ['zero\u200bwidth', 'character'],
    ['right\u202eleft', 'character'],
    ['filler\u3164', 'character'],
    ['z\u0300\u0301\u0302\u0303algo', 'character'],
    ['\u0301accent', 'character'],
    ['...', 'character'],
    ['ada@example.org', 'character'],
    ['ada＠example.org', 'character'],
    ['ada﹫example.org', 'character'],
    ['<script>', 'character'],
    ['\ud800', 'character'],
    ['pаypal', 'mixed_scripts'],
    ['αdmin', 'mixed_scripts'],
    ['admin\u0581', 'mixed_scripts'],
    ['ᚠᚢᚦ', 'mixed_scripts'],
  ])('%j is refused: %s', (name, fault) => {
    expect(normaliseUsername(name)).toEqual({ ok: false, fault });
  });

  test.each(['x', 'user_1', 'Зоя', '山田taro', 'たろう', '김철수', 'דוד', 'محمد', 'o-n.e+2', '𠮷野'])(
    '%s is a name',
    (name) => expect(normaliseUsername(name).ok).toBe(true),
  );
});

describe('an email', () => {
  test('is compared without case, its domain in ASCII', () => {
    const email = normaliseEmail(' Ada.Lovelace+news@Bücher.Example ');
    expect(email).toEqual({
      ok: true,
      value: 'Ada.Lovelace+news@xn--bcher-kva.example',
      key: 'ada.lovelace+news@xn--bcher-kva.example',
    });
    expect(keyOf(normaliseEmail('ada＠example.org'))).toBe('ada@example.org');
    expect(keyOf(normaliseEmail('ADA@EXAMPLE．ORG'))).toBe('ada@example.org');
    expect(normaliseEmail("o'neil@example.org").ok).toBe(true);
  });

  test.each([
    ['', 'empty'],
    ['ada', 'format'],
    ['@example.org', 'format'],
    ['ada@', 'format'],
    ['ada@evil.example@example.org', 'format'],
    ['ada＠evil.example@example.org', 'format'],
    ['"ada"@example.org', 'format'],
    ['"ada@evil.example"@example.org', 'format'],
    ['.ada@example.org', 'format'],
    ['ada..l@example.org', 'format'],
    ['ada@localhost', 'format'],
    ['ada@127.0.0.1', 'format'],
    ['ada@0x7f.1', 'format'],
    ['ada@[127.0.0.1]', 'format'],
    ['ada@ex%61mple.org', 'format'],
    ['ada@-example.org', 'format'],
    ['ada@example.org.', 'format'],
    ['ada,bob@example.org', 'format'],
    ['Ada <ada@example.org>', 'character'],
    ['ada@example.org\r\nBcc: x@example.org', 'format'],
    ['ada\r\nx@example.org', 'character'],
    ['a\u200bda@example.org', 'character'],
    ['ada@exam\u00adple.org', 'character'],
    ['аda@example.org', 'mixed_scripts'],
    ['ada@аpple.example', 'mixed_scripts'],
    ['ada@xn--pple-43d.example', 'mixed_scripts'],
    [`${'a'.repeat(65)}@example.org`, 'too_long'],
    [`${'ä'.repeat(33)}@example.org`, 'too_long'],
    [`a@${'b.'.repeat(130)}example`, 'too_long'],
  ])('%j is refused: %s', (email, fault) => {
    expect(normaliseEmail(email)).toEqual({ ok: false, fault });
  });
});

test('a login with an @ in any width is an email, everything else a username', () => {
  expect(keyOf(normaliseLogin('Ada@Example.org'))).toBe('ada@example.org');
  expect(keyOf(normaliseLogin('Ada﹫Example.org'))).toBe('ada@example.org');
  expect(keyOf(normaliseLogin('Ada'))).toBe('ada');
});

test('a key is its own key, for every letter there is', () => {
  const unstable = [];
  for (let codePoint = 0; codePoint <= 0x1ffff; codePoint++) {
    const name = normaliseUsername(String.fromCodePoint(codePoint));
    if (name.ok && (foldCase(name.key) !== name.key || keyOf(normaliseUsername(name.key)) !== name.key)) {
      unstable.push(name.value);
    }
  }
  expect(unstable).toEqual([]);
});
