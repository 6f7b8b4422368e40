import { UsageError } from './terminal.js';

/** `orders:read=See your orders`: the name of a scope, and what people read on the consent page. */
export function parseScope(text: string): { name: string; description: string } {
  const [, name, description] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || description === undefined) {
    throw new UsageError(
      `--scope is written name=words, as in "orders:read=See your orders"; "${text}" is not.`,
    );
  }
  return { name, description };
}
