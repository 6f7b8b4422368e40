/** OpenID Connect CIBA Core 1.0, 7.1: short, and plain text that both devices can show. */
const LONGEST = 64;

/** Whether a page can show it as it was meant: nothing invisible, and nothing that turns the direction of writing. */
export function isBindingMessage(text: string): boolean {
  return (
    [...text].length <= LONGEST &&
    /^(?:[\p{L}\p{M}\p{N}\p{P}\p{S}]| )+$/u.test(text) &&
    !/\p{Default_Ignorable_Code_Point}/u.test(text) &&
    text.trim() !== ''
  );
}
