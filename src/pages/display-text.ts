import ejs from 'ejs';

/**
 * Characters that let a text look like another one: controls, bidirectional overrides and isolates (they turn what
 * follows around), invisible spaces and joiners that nobody sees, tag characters. ZWJ and ZWNJ stay: emoji and several
 * scripts need them.
 */
const DECEPTIVE =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Escapes a text for HTML (element or quoted attribute) after taking out what could disguise it: the templates' `<%= %>`. */
export function escapeText(value: string | number | undefined): string {
  return ejs.escapeXML(String(value ?? '').replace(DECEPTIVE, ''));
}

/** Escapes for an attribute that has to come back exactly as it is, such as the value of a hidden field. */
export function escapeExactly(value: string | number | undefined): string {
  return ejs.escapeXML(String(value ?? ''));
}

const segmenter = new Intl.Segmenter();

/** A text of strangers on one line: cleaned, white space folded, stacked accents thinned, shortened to whole characters.
 *  As long as the longest name of an app that can be registered. */
export function displayText(value: string, longest = 100): string {
  const line = value
    .slice(0, longest * 40)
    .replace(DECEPTIVE, '')
    .replace(/\s+/g, ' ')
    .replace(/(\p{M}{4})\p{M}+/gu, '$1')
    .trim();
  const characters = Array.from(segmenter.segment(line), ({ segment }) => segment);
  return characters.length <= longest
    ? line
    : `${characters
        .slice(0, longest - 1)
        .join('')
        .trimEnd()}…`;
}

/** A host on one line. A long one loses its beginning, because its end says whose it is. */
export function displayHost(value: string, longest = 60): string {
  const host = value.replace(DECEPTIVE, '').replace(/\s+/g, '');
  return host.length <= longest ? host : `…${host.slice(1 - longest)}`;
}

/** The URL in its normal form when a browser may open it from our pages: http(s) without a user name; else undefined. */
export function webUrl(value: string | undefined): string | undefined {
  if (value === undefined || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  return /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : undefined;
}
