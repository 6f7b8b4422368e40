import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { parse } from 'yaml';
import { variables } from '../../src/config-variables.js';
import { loadConfig } from '../../src/config.js';

interface Service {
  image: string;
  environment?: Record<string, string>;
  secrets?: string[];
  networks: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
}

interface Compose {
  services: Record<'gatehouse' | 'mongodb', Service>;
  networks: Record<string, { internal?: boolean } | null>;
  secrets: Record<string, { file: string }>;
}

describe('deploy/compose.yaml', () => {
  const compose = parse(readFileSync('deploy/compose.yaml', 'utf8')) as Compose;
  const { gatehouse, mongodb } = compose.services;

  test('sets only variables that Gatehouse reads, to values that it accepts', () => {
    const environment = Object.fromEntries(
      Object.entries(gatehouse.environment ?? {})
        .filter(([name]) => !name.endsWith('_FILE'))
        .map(([name, value]) => [name, value.replace(/^\$\{\w+:-(.*)\}$/, '$1')]),
    );
    const ISSUER = 'https://id.example.com/oidc';
    expect(loadConfig({ ...environment, ISSUER, NODE_ENV: 'production' }).store.url).toContain(
      'replicaSet=rs0',
    );
    for (const name of Object.keys(gatehouse.environment ?? {})) {
      expect(Object.keys(variables)).toContain(name.replace(/_FILE$/, ''));
    }
  });

  test('asks for the issuer instead of assuming one', () => {
    expect(gatehouse.environment?.ISSUER).toMatch(/^\$\{ISSUER:\?/);
  });

  test('holds no secret: each one is a file outside the tree', () => {
    expect(gatehouse.secrets).toEqual(Object.keys(compose.secrets));
    expect(gatehouse.environment?.MASTER_KEY_FILE).toBe('/run/secrets/master_key');
    expect(compose.secrets).toEqual({ master_key: { file: './secrets/master_key' } });
    expect(readFileSync('.gitignore', 'utf8')).toContain('deploy/secrets/');
  });

  test('keeps the database on a network without a way in or out', () => {
    expect(mongodb.networks).toEqual(['data']);
    expect(compose.networks.data).toEqual({ internal: true });
    expect(mongodb.ports).toBeUndefined();
    expect(gatehouse.ports).toEqual(['127.0.0.1:3000:3000']);
  });

  test('calls the database healthy once it is a primary', () => {
    const script = mongodb.healthcheck?.test.at(-1) ?? '';
    const replica = (state: { initiated: boolean; primary: boolean }) => {
      const calls: unknown[] = [];
      const rs = {
        status: () => {
          if (!state.initiated) throw new Error('no replset config has been received');
        },
        initiate: (settings: unknown) => calls.push(settings),
      };
      const db = { hello: () => ({ isWritablePrimary: state.primary }) };
      runInNewContext(script, { rs, db, quit: (code: number) => calls.push(code) });
      return calls;
    };
    const member = { _id: 0, host: 'mongodb:27017' };
    expect(replica({ initiated: false, primary: false })).toMatchObject([
      { _id: 'rs0', members: [member] },
      1,
    ]);
    expect(replica({ initiated: true, primary: false })).toEqual([1]);
    expect(replica({ initiated: true, primary: true })).toEqual([0]);
  });
});

describe('Dockerfile', () => {
  const lines = readFileSync('Dockerfile', 'utf8').split('\n');
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n');

  test('copies what .dockerignore lets through', () => {
    const copied = lines
      .filter((line) => line.startsWith('COPY') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.length).toBeGreaterThan(0);
    for (const path of copied) expect(ignored).toContain(`!${path}`);
  });

  test('starts what npm start starts, as somebody who is not root', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };
    const command = JSON.parse(
      (lines.find((line) => line.startsWith('CMD')) ?? 'CMD []').slice(4),
    ) as string[];
    // npm hands its signals to the shell, and that one does not pass them on: the server takes its place.
    expect(`exec ${command.join(' ')}`).toBe(scripts.start);
    expect(lines).toContain('USER 1000:1000');
  });
});
