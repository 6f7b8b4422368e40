/** Where `npm run interop:install` puts what the tests in test/interop/ need of Python and Go. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const FOLDER = '.interop';
export const PYTHON_SOURCE = 'test/interop/python';
export const GO_SOURCE = 'test/interop/go';

/** A virtual environment: another list of packages is another environment. */
export const pythonEnvironment = () => join(FOLDER, `python-${digest(PYTHON_SOURCE, ['requirements.txt'])}`);

export const pythonIn = (environment) => join(environment, 'bin', 'python');

export const python = () => pythonIn(pythonEnvironment());

/** The compiled program: another source is another program. */
export const goProgram = () => join(FOLDER, `go-${digest(GO_SOURCE, readdirSync(GO_SOURCE).toSorted())}`);

function digest(folder, names) {
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 12);
}
