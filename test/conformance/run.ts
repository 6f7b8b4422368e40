/**
 * Runs the OpenID Foundation's conformance suite against Gatehouse, and records what each module said.
 *
 *     npm run conformance -- [--store sqlite|mongodb] [--plan NAME]… [--only REGEX] [--record]
 *
 * The suite itself is no part of this project: CONFORMANCE_TOOL is a command that has it (docs/standards.md).
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PLANS } from './plans.js';
import { record } from './record.js';
import { ISSUER, startServer } from './server.js';
import { askTool, runTool, suiteTool, suiteVersion, type PlanOutcome } from './suite-tool.js';

const { values: options } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    plan: { type: 'string', multiple: true, default: [] },
    only: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
});

const store = options.store === 'mongodb' ? 'mongodb' : 'sqlite';
const plans = PLANS.filter(({ name }) => options.plan.length === 0 || options.plan.includes(name));
const tool = suiteTool();
const suite = await askTool(tool, 'start');
const certificates = await askTool(tool, 'cert');
const version = await suiteVersion(suite, certificates);
const server = await startServer({ store, suite, certificates });
const output = await mkdtemp(join(tmpdir(), 'gatehouse-conformance-'));
try {
  const json = join(output, 'outcome.json');
  const code = await runTool(
    tool,
    [
      'run',
      ...[
        '--json',
        json,
        '--pages',
        `${tool.plans}/pages.json`,
        '--hook',
        `oidcc-server-rotate-keys=${server.rotateKeys}`,
      ],
      ...(options.only === undefined ? [] : ['--only', options.only]),
      ...plans.map((plan) => plan.file(tool)),
    ],
    { ...server.values, ISSUER, SUITE_URL: suite },
  );
  const { plans: outcomes } = JSON.parse(await readFile(json, 'utf8')) as { plans: PlanOutcome[] };
  if (options.record) await record({ store, plans, outcomes, version });
  process.exitCode = code;
} finally {
  await server.stop();
  await rm(output, { recursive: true, force: true });
}
