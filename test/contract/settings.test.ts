import { expect, test } from '@jest/globals';
import { describeContract } from '../support/stores.js';

describeContract('settings', (open) => {
  test.each([null, false, 0, '', 'text', [1, [null]], { nested: { 'a.b': '$c' } }])(
    'holds %j',
    async (value) => {
      const { store } = await open();
      expect(await store.settings.get('name')).toBeUndefined();
      await store.settings.put('name', 'before');
      await store.settings.put('name', value);
      expect(await store.settings.get('name')).toEqual(value);
      expect(await store.settings.get('name.')).toBeUndefined();
    },
  );

  test('putIfAbsent keeps what stands there, null included', async () => {
    const { store } = await open();
    expect(await store.settings.putIfAbsent('name', null)).toBeNull();
    expect(await store.settings.putIfAbsent('name', 2)).toBeNull();
    expect(await store.settings.get('name')).toBeNull();
  });

  test('of 100 parallel calls all learn the one value that stands', async () => {
    const { store, openAnother } = await open();
    const other = await openAnother();
    const values = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        (index % 2 ? store : other).settings.putIfAbsent('name', index),
      ),
    );
    expect(new Set(values)).toEqual(new Set([await store.settings.get('name')]));
  });
});
