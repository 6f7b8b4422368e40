import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the templates, catalogues and assets lie: beside package.json, whether this runs from src or from dist. */
export function viewsDirectory(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error('No package.json above the code: the views cannot be found.');
    directory = parent;
  }
  return join(directory, 'views');
}
