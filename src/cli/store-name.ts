/** Which store a command looked at, fit to be printed: a STORE_URL without its credentials and options. */
export function storeName(url: string): string {
  // Greedily up to the last @: a password may hold one, or a ? or /, that should have been encoded.
  return url.replace(/\/\/.*@/u, '//').replace(/\?.*$/u, '');
}
