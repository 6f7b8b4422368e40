import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { viewsDirectory } from './views-directory.js';

export interface Asset {
  /** With the hash of the content (`gatehouse.3f2a….css`): what is served under this name never changes. */
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
  /** Quoted, as the header wants it (RFC 9110 section 8.8.3). */
  readonly etag: string;
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Everything in views/assets, in memory, by its name without the hash (`gatehouse.css`). */
export function readAssets(directory = join(viewsDirectory(), 'assets')): ReadonlyMap<string, Asset> {
  return new Map(
    readdirSync(directory)
      .filter((file) => extname(file) in TYPES)
      .map((file) => [file, readAsset(directory, file)]),
  );
}

function readAsset(directory: string, file: string): Asset {
  const bytes = readFileSync(join(directory, file));
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const extension = extname(file);
  const name = `${file.slice(0, -extension.length)}.${hash}${extension}`;
  return { name, type: TYPES[extension]!, bytes, etag: `"${hash}"` };
}
