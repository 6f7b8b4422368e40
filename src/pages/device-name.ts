import { displayText } from './display-text.js';

/** Names of things that people own, as they stand in user agents; the first that fits counts. */
const THINGS: readonly (readonly [RegExp, string])[] = [
  [/PlayStation/u, 'PlayStation'],
  [/Xbox/u, 'Xbox'],
  [/Nintendo/u, 'Nintendo'],
  [/AppleTV|tvOS/u, 'Apple TV'],
  [/Web0S|webOS/u, 'LG TV'],
  [/Tizen/u, 'Samsung TV'],
  [/CrKey/u, 'Chromecast'],
  [/\bAFT\w|Fire TV/u, 'Fire TV'],
  [/SmartTV|SMART-TV|HbbTV|GoogleTV|Android TV|BRAVIA/u, 'TV'],
  [/iPhone/u, 'iPhone'],
  [/iPad/u, 'iPad'],
  [/Android/u, 'Android'],
  [/CrOS/u, 'ChromeOS'],
  [/Windows/u, 'Windows'],
  [/Mac OS|Macintosh|Darwin/u, 'macOS'],
  [/Linux/u, 'Linux'],
];

/**
 * What a device calls itself, roughly: what it is, or else the program that it names first, without its version
 * (RFC 9110 10.1.5). It can say what it likes. undefined where it says nothing.
 */
export function deviceName(userAgent: string): string | undefined {
  const thing = THINGS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const program = /^[^/\s(]+/u.exec(userAgent.trim())?.[0];
  // Every browser names itself Mozilla first.
  const named = program === undefined || program === 'Mozilla' ? undefined : displayText(program, 40);
  if (thing && named) return `${named} (${thing})`;
  return thing ?? (named || undefined);
}
