import type { Document } from 'mongodb';
import type { ConsentRecord, ConsentStore } from '../../src/store/consents.js';
import type { Database } from './connection.js';
import { fieldName, nameOfField, original, recordId, text, type StoredDocument } from './documents.js';
import { duplicateIndex } from './errors.js';

export function createConsentStore({ collection }: Database): ConsentStore {
  const consents = collection('consents');

  return {
    async find(accountId, clientId) {
      const document = await consents.findOne({ _id: recordId(accountId, clientId) });
      return document === null ? undefined : toConsent(document);
    },

    async add(consent) {
      const _id = recordId(consent.accountId, consent.clientId);
      const upsert = () => consents.updateOne({ _id }, toUpdate(consent), { upsert: true });
      await upsert().catch((error: unknown) => {
        // Of two first additions at once, one can meet the other's document: the next try adds to it.
        if (duplicateIndex(error) === undefined) throw error;
        return upsert();
      });
    },

    async remove(accountId, clientId) {
      await consents.deleteOne({ _id: recordId(accountId, clientId) });
    },

    async removeAll(of) {
      await consents.deleteMany(
        'accountId' in of ? { accountId: text(of.accountId) } : { clientId: text(of.clientId) },
      );
    },
  };
}

function toUpdate(consent: ConsentRecord): Document {
  const resources = Object.entries(consent.resources).map(([resource, scopes]) => [
    `resources.${fieldName(resource)}`,
    { $each: scopes.map(text) },
  ]);
  return {
    $setOnInsert: { accountId: text(consent.accountId), clientId: text(consent.clientId) },
    $addToSet: {
      scopes: { $each: consent.scopes.map(text) },
      claims: { $each: consent.claims.map(text) },
      ...Object.fromEntries(resources),
    },
    $max: { updatedAt: consent.updatedAt },
  };
}

function toConsent(document: StoredDocument): ConsentRecord {
  const resources = (document.resources ?? {}) as Record<string, string[]>;
  return {
    accountId: original(document.accountId as string),
    clientId: original(document.clientId as string),
    scopes: sorted(document.scopes as string[]),
    claims: sorted(document.claims as string[]),
    resources: Object.fromEntries(
      Object.entries(resources).map(([field, scopes]) => [nameOfField(field), sorted(scopes)]),
    ),
    updatedAt: document.updatedAt as number,
  };
}

function sorted(values: string[]): string[] {
  return values.map(original).sort();
}
