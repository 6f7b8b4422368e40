import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServices, type Services } from '../../src/domain/services.js';
import type { DetailsType } from '../../src/store/services.js';
import { openDomain, sharedPasswords, type Domain } from './open-domain.js';

let domain: Domain;
let services: Services;
beforeAll(async () => {
  domain = await openDomain();
  services = createServices(domain);
});
afterAll(async () => {
  await domain.close();
  await sharedPasswords.close();
});

let count = 0;
const add = (...detailsTypes: unknown[]) => {
  count += 1;
  return services.add(`urn:example:${count}`, {
    name: 'API',
    detailsTypes: detailsTypes as DetailsType[],
  });
};
const declared = (more: object = {}) => ({
  type: `type-${count}`,
  description: 'Do it',
  fields: [],
  ...more,
});
const field = (more: object = {}) => declared({ fields: [{ name: 'amount', kind: 'number', ...more }] });

describe('A service declares types of authorization details (RFC 9396)', () => {
  test('with no members, and with members of each kind', async () => {
    await add(
      declared({ type: 'nothing' }),
      declared({
        type: 'https://example.com/all',
        fields: [
          { name: 'to', kind: 'string', label: 'Recipient', required: true, allowed: ['Ada', 'Grace'] },
          { name: 'amount', kind: 'number', required: false, allowed: [1, 2.5] },
          { name: 'actions', kind: 'list', allowed: ['read'] },
          { name: 'identifier', kind: 'string' },
        ],
      }),
    );
    expect((await services.find(`urn:example:${count}`))?.detailsTypes).toHaveLength(2);
  });

  test.each<[because: string, declaration: unknown]>([
    ['must be an object', null],
    ['must be an object', 'payment'],
    ['must be an object', []],
    ['needs a type', { description: 'Do it', fields: [] }],
    ['needs a type', declared({ type: 7 })],
    ['needs a type', declared({ type: '' })],
    ['needs a type', declared({ type: '__proto__' })],
    ['needs a type', declared({ type: 'constructor' })],
    ['needs a type', declared({ type: 'two words' })],
    ['needs a type', declared({ type: `x${'x'.repeat(100)}` })],
    ['needs a description', declared({ description: ' ' })],
    ['needs a description', declared({ description: 'a\nb' })],
    ['needs a description', declared({ description: 'x'.repeat(201) })],
    ['cannot have a member example', declared({ example: {} })],
    ['needs fields', declared({ fields: undefined })],
    ['needs fields', declared({ fields: {} })],
    ['field 1 must be an object', declared({ fields: ['amount'] })],
    [
      'field amount is there twice',
      declared({ fields: [1, 2].map(() => ({ name: 'amount', kind: 'number' })) }),
    ],
    ['needs a name', field({ name: 'type' })],
    ['needs a name', field({ name: '__proto__' })],
    ['needs a name', field({ name: 'a b' })],
    ['needs a kind: string, number, list', field({ kind: 'object' })],
    ['must be of the kind list (RFC 9396, section 2.2)', field({ name: 'actions' })],
    ['must be of the kind string (RFC 9396, section 2.2)', field({ name: 'identifier' })],
    ['needs a label', field({ label: '' })],
    ['can be required: true or false', field({ required: 'yes' })],
    ['needs as allowed 1 to 50 numbers', field({ allowed: [] })],
    ['needs as allowed 1 to 50 numbers', field({ allowed: ['1'] })],
    ['needs as allowed 1 to 50 texts', field({ kind: 'list', allowed: [1] })],
    ['cannot have a member pattern', field({ pattern: '.*' })],
  ])('not without sense: %s', async (because, declaration) => {
    await expect(add(declaration)).rejects.toMatchObject({
      code: 'invalid',
      faults: [{ field: 'detailsTypes', reason: expect.stringContaining(because) }],
    });
  });

  test('each once, and none that another service has: a name means one thing here', async () => {
    const [one, two] = [declared({ type: 'once' }), declared({ type: 'twice' })];
    await expect(add(one, two, two)).rejects.toMatchObject({ faults: [{ value: 'twice' }] });
    await add(one);
    const owner = `urn:example:${count}`;
    const taken = { faults: [{ value: 'once', reason: `is declared by ${owner} already` }] };
    await expect(add(one)).rejects.toMatchObject(taken);
    await add();
    const other = `urn:example:${count}`;
    await expect(services.update(other, { detailsTypes: [one] })).rejects.toMatchObject(taken);
    await expect(services.extend(other, { name: 'API', detailsTypes: [one] })).rejects.toMatchObject(taken);
    await services.update(owner, { name: 'Same types, other name', detailsTypes: [one] });
  });

  test('more of them where it stands, and none of those otherwise', async () => {
    const one = declared({ type: 'first' });
    await add(one);
    const resource = `urn:example:${count}`;
    const second = declared({ type: 'second' });
    await services.extend(resource, { name: 'API', detailsTypes: [one, second] });
    expect((await services.find(resource))?.detailsTypes).toEqual([one, second]);
    const otherwise = { name: 'API', detailsTypes: [{ ...one, description: 'Do more' }] };
    await expect(services.extend(resource, otherwise)).rejects.toMatchObject({
      faults: [{ value: 'first', reason: expect.stringContaining('declares this type otherwise') }],
    });
  });
});
