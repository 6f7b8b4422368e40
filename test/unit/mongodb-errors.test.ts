/** What the server at hand cannot be made to answer, in the words of MongoDB's own. */
import { describe, expect, test } from '@jest/globals';
import { MongoServerError } from 'mongodb';
import { createClient, databaseOf } from '../../adapters/mongodb/connection.js';
import { duplicateIndex, toStoreError } from '../../adapters/mongodb/errors.js';
import { StoreUnavailableError } from '../../src/store/store.js';

describe('a duplicate key error names its index', () => {
  test.each([
    [
      'E11000 duplicate key error collection: gatehouse.users index: email dup key: { emailKey: "a@b.c" }',
      'email',
    ],
    [
      'E11000 duplicate key error collection: gatehouse.users index: _id_ dup key: { _id: "index: x" }',
      '_id_',
    ],
    [
      'E11000 duplicate key error collection: index.users index: username dup key: { usernameKey: "x" }',
      'username',
    ],
    ["Duplicate key violation on the requested collection: Index 'username'", 'username'],
    ["Duplicate key violation on the requested collection: Index '_id_'", '_id_'],
  ])('%s', (message, index) => {
    expect(duplicateIndex(new MongoServerError({ message, code: 11000 }))).toBe(index);
  });

  test('no other error does', () => {
    expect(duplicateIndex(new MongoServerError({ message: 'index: email', code: 1 }))).toBeUndefined();
    expect(duplicateIndex(new Error('index: email'))).toBeUndefined();
  });
});

describe('the store is unavailable', () => {
  test.each([
    ['NotWritablePrimary', 10107],
    ['PrimarySteppedDown', 189],
    ['InterruptedDueToReplStateChange', 11602],
    ['ShutdownInProgress', 91],
    ['WriteConcernTimeout', 64],
  ])('when the server answers %s', (message, code) => {
    const error = new MongoServerError({ message, code });
    expect(toStoreError(error)).toBeInstanceOf(StoreUnavailableError);
    expect(toStoreError(error)).toMatchObject({ cause: error });
  });

  test('when the server says that the write may be tried again', () => {
    const error = new MongoServerError({ message: 'no', code: 1, errorLabels: ['RetryableWriteError'] });
    expect(toStoreError(error)).toBeInstanceOf(StoreUnavailableError);
  });

  test('when the name of a mongodb+srv URL cannot be looked up', () => {
    const error = Object.assign(new Error('querySrv ENOTFOUND'), { syscall: 'querySrv', code: 'ENOTFOUND' });
    expect(toStoreError(error)).toBeInstanceOf(StoreUnavailableError);
  });

  test('when the server has just closed the connection that a command is written to', () => {
    const error = Object.assign(new Error('This socket has been ended by the other party'), {
      code: 'EPIPE',
    });
    expect(toStoreError(error)).toBeInstanceOf(StoreUnavailableError);
  });

  test('but not when the error is ours', () => {
    for (const error of [
      new MongoServerError({ message: 'Authentication failed.', code: 18 }),
      new MongoServerError({ message: 'Unknown operator: $foo', code: 2 }),
      new TypeError('Expected a string'),
    ]) {
      expect(toStoreError(error)).toBe(error);
    }
  });
});

describe('the URL', () => {
  test.each([
    'mongodb://ann:s3cret@',
    'mongodb://ann:s3cret@host:port/db',
    'mongodb://ann:s3 cret@host/db',
    'mongodb://ann:s3cret@@host/db',
    'mongodb://ann:s3/cret@host/db',
    'mongodb://s3cret:@host:99999',
    'mongo://ann:s3cret@host/db',
    'mongodb://ann:s3cret@host/db?maxPoolSize=s3cret',
  ])('%s is refused, if at all, without a word of its password', (url) => {
    let message = '';
    try {
      createClient(url);
    } catch (error) {
      message = JSON.stringify([String(error), (error as Error).stack, (error as Error).cause]);
      expect(message).toContain('The MongoDB URL is not valid');
    }
    expect(message).not.toMatch(/s3|cret/);
  });

  test('tells what is wrong with it otherwise', () => {
    expect(() => createClient('mongodb://ann:s3cret@host/?nonsense=1')).toThrow(
      'The MongoDB URL is not valid: option nonsense is not supported',
    );
    expect(() => createClient('postgres://host')).toThrow('The MongoDB URL is not valid');
  });

  test.each([
    ['mongodb://host', 'gatehouse'],
    ['mongodb://host/', 'gatehouse'],
    ['mongodb://host/?replicaSet=rs', 'gatehouse'],
    ['mongodb://ann:s3cret@a:1,b:2/identity?replicaSet=rs', 'identity'],
    ['mongodb://host/my%2Ddb', 'my-db'],
  ])('%s names the database %s', (url, name) => {
    expect(databaseOf(createClient(url), url).databaseName).toBe(name);
  });

  test('cannot weaken what the store promises, and can size the pool', () => {
    const { options } = createClient('mongodb://host/?w=1&readPreference=secondary&maxPoolSize=7');
    expect(options).toMatchObject({
      writeConcern: { w: 'majority', journal: true },
      readPreference: { mode: 'primary' },
      maxPoolSize: 7,
    });
    expect(createClient('mongodb://host').options.maxPoolSize).toBe(20);
  });
});
