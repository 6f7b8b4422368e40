import { expect, test } from '@jest/globals';
import { createPasswordPool, type PasswordJob } from '../../src/domain/password-pool.js';

const job = (password: string): PasswordJob => ({
  kind: 'hash',
  password,
  parameters: { memory: 64, passes: 1, lanes: 1 },
});

/** A thread that answers, or dies when it is asked to. */
const script = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ password }) => {
      if (password === 'exit') process.exit(7);
      if (password === 'throw') throw new Error('out of luck');
      parentPort.postMessage(password === 'fail' ? { error: 'no memory' } : { newHash: password });
    });
  `)}`,
);

test('a thread that crashes fails its own job and is replaced', async () => {
  const pool = createPasswordPool({ workers: 1, queue: 10, script });
  const tries = ['one', 'exit', 'two', 'throw', 'three', 'fail', 'four'].map((password) =>
    pool.run(job(password)),
  );
  const results = await Promise.allSettled(tries);
  expect(
    results.map((result) => (result.status === 'fulfilled' ? result.value.newHash : result.reason.message)),
  ).toEqual([
    'one',
    'a hashing thread ended with code 7',
    'two',
    'a hashing thread ended with code 1',
    'three',
    'hashing failed: no memory',
    'four',
  ]);
  expect(pool.stats()).toEqual({ running: 0, waiting: 0, started: 7 });
  await pool.close();
});

test('closing does not wait for a thread that crashed', async () => {
  const pool = createPasswordPool({ workers: 2, queue: 10, script });
  const [crashed] = await Promise.allSettled([pool.run(job('exit')), pool.close()]);
  expect(crashed).toMatchObject({
    status: 'rejected',
    reason: { message: 'a hashing thread ended with code 7' },
  });
});
