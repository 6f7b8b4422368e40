import { compose } from '../compose.js';
import { loadConfig, loadEnvironment } from '../config.js';
import { runProgram } from './program.js';
import { createTerminal } from './terminal.js';

// `gatehouse clients list | head -1` closes our output early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

process.exitCode = await runProgram(
  process.argv.slice(2),
  createTerminal(process.stdin, process.stdout, process.stderr),
  async () => compose(loadConfig(loadEnvironment())),
);
