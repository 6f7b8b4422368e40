/** Writes what is derived from the sources; a test fails when these files are stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { architecturePage } from './architecture-docs.js';
import { configurationPage, environmentExample } from './configuration-docs.js';
import { standardsPage } from './standards-docs.js';
import { readResults } from '../test/conformance/record.js';

const at = (path: string) => new URL(`../${path}`, import.meta.url);

writeFileSync(at('docs/configuration.md'), configurationPage());
writeFileSync(at('.env.example'), environmentExample());
writeFileSync(at('docs/ARCHITECTURE.md'), architecturePage(readFileSync(at('docs/ARCHITECTURE.md'), 'utf8')));
writeFileSync(
  at('docs/standards.md'),
  standardsPage(readFileSync(at('docs/standards.md'), 'utf8'), await readResults()),
);
