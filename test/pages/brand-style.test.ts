import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { brandStyle } from '../../src/pages/brand-style.js';
import { contrast, mix, parseColor, type Color } from '../../src/pages/color.js';

const accents = [
  '#17594a',
  '#1f5fbf',
  '#ffe600',
  '#ffffff',
  '#000000',
  '#777777',
  '#e4002b',
  '#7fc8b4',
  '#00f',
  '#12345f',
];
const stylesheet = readFileSync('views/assets/gatehouse.css', 'utf8');

/** Custom properties, of light and of dark. */
function properties(css: string): Record<string, Color>[] {
  return [...css.matchAll(/:root\s*{([^}]*)}/g)].map(([, block]) =>
    Object.fromEntries(
      [...block!.matchAll(/--([\w-]+):\s*(#[0-9a-f]{3,6})\b/g)].map(([, name, value]) => [
        name!,
        parseColor(value!)!,
      ]),
    ),
  );
}

const surfaces = properties(stylesheet);

describe('The colours of the brand', () => {
  test.each(accents)('stay legible when the accent is %s', (accent) => {
    properties(brandStyle({ light: accent, dark: accent })).forEach((colors, theme) => {
      const surface = surfaces[theme]!;
      const wash = mix(colors['accent']!, surface['ground']!, 0.08);
      expect(contrast(colors['on-accent']!, colors['accent']!)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(colors['on-accent']!, colors['accent-strong']!)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(colors['accent-ink']!, surface['paper']!)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(colors['accent-ink']!, wash)).toBeGreaterThanOrEqual(4.5);
    });
  });

  test('are kept as they are where they are legible', () => {
    expect(brandStyle({ light: '#17594A', dark: '#7fc8b4' })).toContain('--accent-ink:#17594a');
  });

  test.each([
    'red;}body{display:none}',
    'url(https://evil.example)',
    '#12',
    '#12345',
    '',
    'var(--x)',
    '</style><script>',
  ])('are refused at start when they could be anything else: %s', (color) => {
    expect(() => brandStyle({ light: color, dark: '#000' })).toThrow('must look like #17594a');
    expect(() => brandStyle({ light: '#000', dark: color })).toThrow('must look like #17594a');
  });

  test('are reckoned on the ground that the stylesheet has', () => {
    expect(surfaces.map(({ ground }) => ground)).toEqual([
      [248, 246, 240],
      [30, 33, 37],
    ]);
    expect(
      stylesheet.match(/--wash: color-mix\(in oklab, var\(--accent\) 8%, var\(--ground\)\)/g),
    ).toHaveLength(2);
  });

  test('contrast as WCAG has it', () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21);
    expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
  });
});
