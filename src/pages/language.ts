/** The languages that pages and messages exist in. */
export const LANGUAGES = ['en', 'de'] as const;

export type Language = (typeof LANGUAGES)[number];

/** Longer lists come from nobody's browser; reading them would only cost time. */
const LONGEST_LIST = 500;

/**
 * The language of a page: the first of `ui_locales` that we have (OpenID Connect Core 3.1.2.1: space-separated, in order
 * of preference), else the best of `Accept-Language` (RFC 9110 section 12.5.4), else the fallback. Regional variants
 * count as their language (`de-AT` is `de`). What cannot be read is passed over, never an error.
 */
export function chooseLanguage(request: {
  uiLocales?: string | undefined;
  acceptLanguage?: string | undefined;
  fallback: Language;
}): Language {
  return (
    firstKnown((request.uiLocales ?? '').slice(0, LONGEST_LIST).split(/\s+/)) ??
    firstKnown(byQuality(request.acceptLanguage ?? '')) ??
    request.fallback
  );
}

function firstKnown(tags: string[]): Language | undefined {
  for (const tag of tags) {
    const primary = tag.toLowerCase().split('-')[0];
    const language = LANGUAGES.find((known) => known === primary);
    if (language) return language;
  }
  return undefined;
}

function byQuality(header: string): string[] {
  return header
    .slice(0, LONGEST_LIST)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2);
      return { tag, quality: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ quality }) => quality > 0 && quality <= 1)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag);
}
