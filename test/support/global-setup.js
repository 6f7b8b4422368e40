/** Says once, before all suites, what will be skipped and how to run it; what was asked for and isn't there is an error. */
import { MongoClient } from 'mongodb';
import { existsSync } from 'node:fs';
import { goProgram, python } from './client-libraries.js';

export default async function globalSetup() {
  const mongodb = process.env.TEST_MONGODB_URL;
  const chromium = process.env.CHROMIUM_PATH;
  if (mongodb) await ping(mongodb);
  if (chromium && !existsSync(chromium))
    throw new Error(`CHROMIUM_PATH is ${chromium}, and no file is there`);

  const skipped = [
    ...(mongodb ? [] : ['MongoDB (set TEST_MONGODB_URL)']),
    ...(chromium || existsSync('/usr/bin/chromium')
      ? []
      : ['the browser (install chromium, or set CHROMIUM_PATH)']),
    ...([python(), goProgram()].every((path) => existsSync(path))
      ? []
      : ['the client libraries of Python and Go (npm run interop:install)']),
  ];
  const list = new Intl.ListFormat('en');
  if (skipped.length > 0) console.error(`Skipped: the tests that need ${list.format(skipped)}.`);
}

async function ping(url) {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 1500, connectTimeoutMS: 1500 });
  try {
    await client.db('admin').command({ ping: 1 });
  } catch (cause) {
    throw new Error('TEST_MONGODB_URL is set, but no MongoDB server answers there within 1.5 seconds', {
      cause,
    });
  } finally {
    await client.close();
  }
}
