import { isPublished, type Key } from '../domain/key-life.js';
import type { RotatedKey } from '../domain/keys.js';
import { purposeOf } from '../domain/new-key.js';
import { moment, table } from './layout.js';

/** A key as `--json` shows it. */
export function keyView(key: Key): Record<string, unknown> {
  const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString());
  return {
    kid: key.kid,
    alg: key.alg,
    use: purposeOf(key.alg) === 'signing' ? 'sig' : 'enc',
    state: key.state,
    published: isPublished(key),
    created_at: iso(key.record.createdAt),
    active_from: iso(key.activeFrom),
    published_until: iso(key.publishedUntil),
    accepted_until: iso(key.acceptedUntil),
  };
}

export function keyTable(keys: readonly Key[], width: number): string {
  return table(
    keys,
    [
      { title: 'ALGORITHM', value: ({ alg }) => alg, whole: true },
      { title: 'KEY ID', value: ({ kid }) => kid, whole: true },
      { title: 'STATE', value: ({ state }) => state, whole: true },
      { title: 'WHEN', value: timeOf, whole: true },
    ],
    width,
  );
}

/** What comes next for it, or what came last. */
function timeOf(key: Key): string {
  switch (key.state) {
    case 'published':
      return `active from ${moment(key.activeFrom)}`;
    case 'active':
      return `since ${moment(key.activeFrom)}`;
    case 'retired':
      return `published until ${moment(key.publishedUntil)}`;
    case 'withdrawn':
      return `accepted until ${moment(key.acceptedUntil)}`;
  }
}

/** @param now milliseconds since the epoch */
export function describeRotation(rotated: readonly RotatedKey[], now: number): string {
  return rotated
    .map(({ key, made }) => {
      const start = `${key.alg}: ${made ? 'made' : 'there is already'} ${key.kid}`;
      return `${start}, published now, active in ${wait(key.activeFrom - now)}.`;
    })
    .join('\n');
}

function wait(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
}
