/** What Gatehouse does of one specification, for `docs/standards.md`. */
export interface Standard {
  name: string;
  parts: readonly Part[];
}

export interface Part {
  /** As the specification numbers them. */
  sections: string;
  about: string;
  support: keyof typeof SUPPORT;
  /** How it is switched on; for `no`, why it is not there. */
  how?: string;
  /** Files below `test/` that show it; for what is off unless switched on, also that it is off. */
  tests?: readonly string[];
}

/** How the page says it. */
export const SUPPORT = {
  on: 'always',
  client: 'by client',
  switch: 'off unless switched on',
  no: 'no',
} as const;

/** Flow tests, which are most. */
export const flows = (...names: string[]): string[] => names.map((name) => `flows/${name}.test.ts`);
