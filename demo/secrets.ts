import { randomInt } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';

/**
 * Passwords and client secrets of this installation's demo. Gatehouse keeps hashes alone, and they are in no source
 * file, so the demo remembers what it made up in a file of its own.
 */
export interface Secrets {
  /** By login. */
  users: Record<string, string>;
  /** By client id. */
  clients: Record<string, string>;
}

/** Nothing remembered, or nothing legible: the demo makes up new ones. */
export async function readSecrets(file: string): Promise<Secrets> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return { users: {}, clients: {}, ...(JSON.parse(text) as Partial<Secrets>) };
  } catch {
    return { users: {}, clients: {} };
  }
}

export async function writeSecrets(file: string, secrets: Secrets): Promise<void> {
  const draft = `${file}.new`;
  await writeFile(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}

const WORDS = (
  'amber anchor apple autumn bamboo basil beacon birch bridge cactus candle canyon cedar cherry clover cobalt ' +
  'comet copper coral cricket crystal daisy delta ember falcon feather fern forest garden ginger glacier granite ' +
  'harbor hazel heron honey island ivory jasmine juniper lagoon lantern lemon lilac maple marble meadow mint ' +
  'nectar oasis olive orchid pebble pepper plum quartz raven river saffron silver thistle tulip velvet willow'
).split(' ');

/** Four words and a number: about 31 bits, easy to type, and enough for people who exist on this computer alone. */
export function inventPassword(): string {
  const words = Array.from({ length: 4 }, () => WORDS[randomInt(WORDS.length)]);
  return [...words, randomInt(10, 100)].join('-');
}
