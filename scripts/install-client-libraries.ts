/**
 * What the tests in test/interop/ need besides Node.js: a virtual environment of Python with the pinned packages, and
 * the compiled program of Go. Each goes to a folder named after what it was made from, so that what is there is good.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import {
  FOLDER,
  GO_SOURCE,
  goProgram,
  PYTHON_SOURCE,
  pythonEnvironment,
  pythonIn,
} from '../test/support/client-libraries.js';

const LONGEST_MS = 150_000;

const run = (command: string, args: string[], env: Record<string, string> = {}) =>
  execFileSync(command, args, { stdio: 'inherit', timeout: LONGEST_MS, env: { ...process.env, ...env } });

/** Under its name only when it is whole: an interrupted run leaves nothing that passes for it. */
function make(path: string, build: (unfinished: string) => void): void {
  if (existsSync(path)) return;
  const unfinished = `${path}.new`;
  build(unfinished);
  renameSync(unfinished, path);
}

mkdirSync(FOLDER, { recursive: true });
make(pythonEnvironment(), (path) => {
  run('python3', ['-m', 'venv', '--clear', path]);
  // As pinned and as hashed, and nothing that runs code of its own while it is installed.
  const exactly = ['--require-hashes', '--only-binary', ':all:', '--no-deps'];
  const list = join(PYTHON_SOURCE, 'requirements.txt');
  run(pythonIn(path), ['-m', 'pip', 'install', '-q', ...exactly, '-r', list]);
});
make(goProgram(), (path) => {
  run('go', ['build', '-C', GO_SOURCE, '-mod=readonly', '-buildvcs=false', '-o', resolve(path), '.'], {
    GOTOOLCHAIN: 'local',
  });
});

const current = [pythonEnvironment(), goProgram()].map((path) => basename(path));
for (const name of readdirSync(FOLDER).filter((entry) => !current.includes(entry))) {
  rmSync(join(FOLDER, name), { recursive: true });
}
