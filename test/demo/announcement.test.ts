import { describe, expect, test } from '@jest/globals';
import { announceToPeople } from '../../demo/announcement.js';
import { castFor } from '../../demo/cast.js';
import { inventPassword } from '../../demo/secrets.js';

const ports = {
  gatehouse: 60_000,
  orders: 60_001,
  wiki: 60_002,
  board: 60_003,
  ordersApi: 60_004,
  stockApi: 60_005,
  tv: 60_006,
};
const cast = castFor(ports);
const users = Object.fromEntries(cast.users.map(({ email }) => [email, inventPassword()]));
const page = (colours: boolean) =>
  announceToPeople(cast, { users, clients: {} }, { colours, data: '.data/demo' });

describe('what the terminal shows', () => {
  test('fits 80 columns', () => {
    const widest = page(false)
      .split('\n')
      .filter((line) => line.length > 80);
    expect(widest).toEqual([]);
  });

  test('tells where to click, and who people are with their passwords', () => {
    for (const url of Object.values(cast.urls)) expect(page(false)).toContain(url);
    for (const [login, password] of Object.entries(users)) {
      expect(page(false)).toContain(login);
      expect(page(false)).toContain(password);
    }
    expect(page(false)).toContain(cast.issuer);
  });

  test('has colours only where they are wanted, and the same words either way', () => {
    // eslint-disable-next-line no-control-regex -- colours are control sequences
    const sequences = /\u001b\[\d+m/g;
    expect(page(false)).not.toMatch(sequences);
    expect(page(true)).toMatch(sequences);
    expect(page(true).replace(sequences, '')).toBe(page(false));
  });
});
