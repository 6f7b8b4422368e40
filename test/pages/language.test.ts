import { describe, expect, test } from '@jest/globals';
import { chooseLanguage } from '../../src/pages/language.js';

const choose = (uiLocales?: string, acceptLanguage?: string) =>
  chooseLanguage({ uiLocales, acceptLanguage, fallback: 'en' });

describe('The language of a page', () => {
  test('is the first of ui_locales that we have', () => {
    expect(choose('fr-CA de en')).toBe('de');
    expect(choose('en de', 'de')).toBe('en');
  });

  test('counts a regional variant as its language, in any case of letters', () => {
    expect(choose('DE-at')).toBe('de');
    expect(choose(undefined, 'de-CH-1996')).toBe('de');
  });

  test('is what the browser likes best when ui_locales has none of ours', () => {
    expect(choose('fr ja', 'en;q=0.5, de;q=0.8, fr')).toBe('de');
    expect(choose(undefined, 'de;q=0.3,en;q=0.30001')).toBe('en');
    expect(choose('', 'de, en')).toBe('de');
  });

  test('is never one that the browser refuses', () => {
    expect(chooseLanguage({ acceptLanguage: 'de;q=0, en;q=0.1', fallback: 'de' })).toBe('en');
  });

  test('is the fallback when nobody asks for one that we have', () => {
    expect(chooseLanguage({ fallback: 'de' })).toBe('de');
    expect(chooseLanguage({ uiLocales: 'fr', acceptLanguage: '*', fallback: 'de' })).toBe('de');
  });

  test.each([
    '',
    ';;;',
    ',,,',
    'de;q=',
    'de;q=high',
    'de;q=-1',
    'de;q=99',
    '\u0000',
    `${'x,'.repeat(100_000)}`,
    ';q=1',
  ])('passes over what cannot be read: %.20j', (malformed) => {
    expect(chooseLanguage({ uiLocales: 'd e', acceptLanguage: malformed, fallback: 'en' })).toMatch(
      /^(en|de)$/,
    );
    expect(chooseLanguage({ uiLocales: malformed, acceptLanguage: 'de', fallback: 'en' })).toMatch(
      /^(en|de)$/,
    );
  });

  test('is not taken from a wish with a weight that makes no sense', () => {
    expect(choose(undefined, 'de;q=99, en;q=0.1')).toBe('en');
  });
});
