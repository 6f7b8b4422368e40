import type { SettingStore } from '../../src/store/settings.js';
import type { Json } from '../../src/store/store.js';
import type { Database } from './connection.js';
import { recordId, text, type StoredDocument } from './documents.js';
import { insertIfAbsent } from './insert.js';

export function createSettingStore({ collection }: Database): SettingStore {
  const settings = collection('settings');

  async function get(name: string): Promise<Json | undefined> {
    const document = await settings.findOne({ _id: recordId(name) });
    return document === null ? undefined : toValue(document);
  }

  return {
    get,

    async put(name, value) {
      const document = toDocument(name, value);
      await settings.replaceOne({ _id: document._id }, document, { upsert: true });
    },

    async putIfAbsent(name, value) {
      const document = toDocument(name, value);
      for (;;) {
        if (await insertIfAbsent(settings, document)) return toValue(document);
        const standing = await get(name);
        if (standing !== undefined) return standing;
      }
    },
  };
}

function toDocument(name: string, value: Json): StoredDocument {
  return { _id: recordId(name), name: text(name), value: JSON.stringify(value) };
}

function toValue(document: StoredDocument): Json {
  return JSON.parse(document.value as string) as Json;
}
