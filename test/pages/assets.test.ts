import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { readAssets } from '../../src/pages/assets.js';
import { renderSample } from './browser.js';
import { samples } from './samples.js';

describe('Assets', () => {
  test('carry the hash of what they hold in their name', () => {
    const assets = readAssets();
    expect([...assets.keys()].sort()).toEqual(['gatehouse.css', 'gatehouse.js', 'mark.svg']);
    for (const { name, bytes, etag } of assets.values()) {
      const hash = createHash('sha256').update(bytes).digest('hex');
      expect(hash.startsWith(name.split('.')[1]!)).toBe(true);
      expect(etag).toBe(`"${name.split('.')[1]}"`);
    }
    expect(assets.get('gatehouse.css')!.type).toBe('text/css; charset=utf-8');
  });

  test('are what a page links, and all that it loads from here', () => {
    const html = renderSample(samples[0]!, 'en');
    const links = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]*)"/g)].map((match) => match[1]);
    const names = [...readAssets().values()].map(({ name }) => `/assets/${name}`);
    expect(links.sort()).toEqual(names.sort());
  });
});
