/** Writes what is derived from the sources; a test fails when these files are stale. */
import { writeFileSync } from 'node:fs';
import { configurationPage, environmentExample } from './configuration-docs.js';

writeFileSync(new URL('../docs/configuration.md', import.meta.url), configurationPage());
writeFileSync(new URL('../.env.example', import.meta.url), environmentExample());
