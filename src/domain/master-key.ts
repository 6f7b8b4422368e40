import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The master key can't be used; the message says what to do about it. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
}

/**
 * The key that encrypts every secret in the store: 32 bytes, from the configuration or from `master.key` in the keys
 * folder, made there (mode 0600) when it is missing. Never in the store, never in the log.
 */
export async function loadMasterKey(options: {
  directory: string;
  masterKey?: Uint8Array;
  /** Refuse a file that others can read. */
  strict: boolean;
}): Promise<Uint8Array> {
  if (options.masterKey !== undefined) return options.masterKey;
  const file = join(options.directory, 'master.key');
  const text = (await readIfThere(file)) ?? (await create(options.directory, file));
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    if (options.strict) {
      throw new MasterKeyError(
        `${file} can be read by others (mode ${(mode & 0o777).toString(8)}). Run: chmod 600 ${file}`,
      );
    }
    await chmod(file, 0o600);
  }
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length !== 32) {
    throw new MasterKeyError(
      `${file} does not hold a master key: 43 characters of base64url (32 bytes) are expected.`,
    );
  }
  return key;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new MasterKeyError(`${file} can't be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Written whole under another name, then linked: two processes that start at once end up with one key. */
async function create(directory: string, file: string): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(draft);
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new MasterKeyError(`A master key can't be made in ${directory}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
