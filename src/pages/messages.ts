import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { escapeText } from './display-text.js';
import { LANGUAGES, type Language } from './language.js';
import { viewsDirectory } from './views-directory.js';

export type MessageValues = Record<string, string | number>;

export interface Messages {
  /** Plain text, still to be escaped. A key that the catalogue lacks is a mistake in the program and throws. */
  text(key: string, values?: MessageValues): string;
  /** HTML: all escaped, `<strong>` of the catalogue kept and its content isolated from the sentence's text direction. */
  html(key: string, values?: MessageValues): string;
}

/** Reads and compiles the catalogues (ICU messages, one JSON file per language), so that a fault in one shows at start. */
export function loadMessages(directory = join(viewsDirectory(), 'messages')): Record<Language, Messages> {
  const entries = LANGUAGES.map((language) => {
    const file = join(directory, `${language}.json`);
    const catalogue = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    return [language, compile(language, catalogue)] as const;
  });
  return Object.fromEntries(entries) as Record<Language, Messages>;
}

function compile(language: Language, catalogue: Record<string, string>): Messages {
  const compiled = new Map(
    Object.entries(catalogue).map(([key, message]) => [key, new IntlMessageFormat(message, language)]),
  );
  function find(key: string): IntlMessageFormat {
    const message = compiled.get(key);
    if (!message) throw new Error(`No message "${key}" in the catalogue of ${language}.`);
    return message;
  }
  return {
    text: (key, values) => String(find(key).format(values)),
    html(key, values) {
      const strong = (parts: unknown[]) => ({ strong: parts.join('') });
      const parts = [find(key).format<{ strong: string }>({ ...values, strong })].flat();
      return parts
        .map((part) =>
          typeof part === 'string'
            ? escapeText(part)
            : `<strong><bdi>${escapeText(part.strong)}</bdi></strong>`,
        )
        .join('');
    },
  };
}
