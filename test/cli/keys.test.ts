import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import { inParallel } from '../support/flow.js';
import { createInstallation, type Installation } from './installation.js';

// Each command is a process of its own.
jest.setTimeout(60_000);

const SIGNING = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const ENCRYPTION = ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A256KW'];

interface KeyView {
  kid: string;
  alg: string;
  use: string;
  state: string;
  created_at: string;
  active_from: string;
  published_until?: string;
}

let gatehouse: Installation;
beforeAll(() => {
  gatehouse = createInstallation();
});
afterAll(() => gatehouse.remove());

const list = async (alg?: string): Promise<KeyView[]> => {
  const all = (await gatehouse.json(['keys', 'list'])) as KeyView[];
  return all.filter((key) => alg === undefined || key.alg === alg);
};
const secondsBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

describe('gatehouse keys list', () => {
  test('shows a key for each algorithm, from the first command on, and nothing private', async () => {
    const keys = await list();
    expect(keys.map(({ alg }) => alg)).toEqual([...SIGNING, ...ENCRYPTION]);
    for (const key of keys) {
      expect(key).toEqual({
        kid: expect.stringMatching(/^[0-9a-f]{16}$/u),
        alg: expect.any(String),
        use: SIGNING.includes(key.alg) ? 'sig' : 'enc',
        state: 'active',
        published: true,
        created_at: expect.stringMatching(/Z$/u),
        active_from: key.created_at,
      });
    }
    expect(await list()).toEqual(keys);
  });

  test('says it in words, within 80 columns', async () => {
    const { stdout } = await gatehouse.run(['keys', 'list']);
    expect(stdout).toMatch(/^ALGORITHM +KEY ID +STATE +WHEN\nRS256 +[0-9a-f]{16} +active +since 20\d\d-/u);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe('gatehouse keys rotate', () => {
  test('makes a key that is published now and active ten minutes later', async () => {
    const [old] = await list('ES384');
    const [made] = (await gatehouse.json(['keys', 'rotate', '--alg', 'ES384'])) as (KeyView & {
      made: boolean;
    })[];
    expect(made).toMatchObject({ alg: 'ES384', state: 'published', published: true, made: true });
    expect(secondsBetween(made!.created_at, made!.active_from)).toBe(600);
    const [still, next] = await list('ES384');
    expect(still).toMatchObject({ kid: old!.kid, state: 'active' });
    expect(secondsBetween(made!.active_from, still!.published_until!)).toBe(24 * 3600 + 300);
    expect(next).toMatchObject({ kid: made!.kid, state: 'published' });
  });

  test('does so once while one is on its way, and says which', async () => {
    const [, next] = await list('ES384');
    const { stdout, code } = await gatehouse.run(['keys', 'rotate', '--alg', 'ES384']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^ES384: there is already ${next!.kid}, published now, active in (?:9|10) minutes`, 'u'),
    );
    expect(await list('ES384')).toHaveLength(2);
  });

  test('with --now it is active in ten seconds, with --lead when you say', async () => {
    const { stdout } = await gatehouse.run(['keys', 'rotate', '--alg', 'ES256', '--alg', 'EdDSA', '--now']);
    expect(stdout).toMatch(/^ES256: made [0-9a-f]{16}, published now, active in \d+ seconds\.\nEdDSA: made/u);
    const [, next] = await list('ES256');
    expect(secondsBetween(next!.created_at, next!.active_from)).toBe(10);
    const [made] = (await gatehouse.json(['keys', 'rotate', '--alg', 'PS256', '--lead', '1d'])) as KeyView[];
    expect(secondsBetween(made!.created_at, made!.active_from)).toBe(86_400);
  });

  test('by five operators at once makes one key', async () => {
    const answers = await inParallel(5, () => gatehouse.json(['keys', 'rotate', '--alg', 'RS256', '--now']));
    const rotated = (answers as (KeyView & { made: boolean })[][]).flat();
    expect(rotated.filter(({ made }) => made)).toHaveLength(1);
    expect(new Set(rotated.map(({ kid }) => kid)).size).toBe(1);
    expect(await list('RS256')).toHaveLength(2);
  });

  test('with --all makes one for every algorithm that none is on its way for', async () => {
    const rotated = (await gatehouse.json(['keys', 'rotate', '--all'])) as (KeyView & { made: boolean })[];
    expect(rotated.map(({ alg }) => alg)).toEqual([...SIGNING, ...ENCRYPTION]);
    expect(rotated.filter(({ made }) => made).map(({ alg }) => alg)).toEqual(
      expect.arrayContaining(ENCRYPTION),
    );
  });

  test.each([
    ['neither --alg nor --all', [], '--alg or --all'],
    ['both of them', ['--all', '--alg', 'RS256'], "cannot be used with option '--alg"],
    ['an algorithm that there is not', ['--alg', 'none'], 'must be one of RS256, PS256'],
    ['--now and --lead', ['--all', '--now', '--lead', '1h'], "cannot be used with option '--lead"],
    ['a lead that is no time', ['--all', '--lead', 'soon'], 'Write seconds'],
  ])('wants to be asked rightly: %s', async (_what, args, words) => {
    const before = await list();
    const { code, stderr } = await gatehouse.run(['keys', 'rotate', ...args]);
    expect({ code, said: stderr.replaceAll(/\s+/gu, ' ') }).toEqual({
      code: 2,
      said: expect.stringContaining(words),
    });
    expect((await list()).length).toBe(before.length);
  });
});

describe('gatehouse keys remove', () => {
  test('asks first, and takes the key away', async () => {
    const [, next] = await list('EdDSA');
    const asked = await gatehouse.run(['keys', 'remove', next!.kid]);
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringMatching(/Remove [0-9a-f]{16}[^]*--yes/u) });
    const { stdout } = await gatehouse.run(['keys', 'remove', next!.kid, '--yes']);
    expect(stdout).toMatch(/^Removed the key [0-9a-f]{16} \(EdDSA\)/u);
    expect((await list('EdDSA')).map(({ kid }) => kid)).not.toContain(next!.kid);
  });

  test('does not leave an algorithm without a key: it says how to make another one', async () => {
    const fresh = createInstallation();
    const [only] = (await fresh.json(['keys', 'list'])) as KeyView[];
    const { code, stderr } = await fresh.run(['keys', 'remove', only!.kid, '--yes']);
    expect({ code, stderr: stderr.replaceAll(/\s+/gu, ' ') }).toEqual({
      code: 1,
      stderr: expect.stringContaining('gatehouse keys rotate --alg RS256 --now'),
    });
    fresh.remove();
  });

  test('knows no key that is not there', async () => {
    const { code, stderr } = await gatehouse.run(['keys', 'remove', '0000000000000000', '--yes', '--json']);
    expect({ code, error: JSON.parse(stderr) }).toMatchObject({
      code: 1,
      error: { error: { code: 'not_found' } },
    });
  });
});
