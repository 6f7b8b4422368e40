/** The demo can't, or mustn't, start like this: in words for whoever started it. */
export class StartRefusedError extends Error {
  override readonly name = 'StartRefusedError';
}
