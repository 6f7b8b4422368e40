import { readFile, writeFile } from 'node:fs/promises';
import type { Plan } from './plans.js';
import type { PlanOutcome } from './suite-tool.js';

export type Result = 'PASSED' | 'REVIEW' | 'SKIPPED' | 'WARNING' | 'FAILED' | 'INTERRUPTED';

/** What each module of a plan said, in the suite's words; a module that runs in several variants names them. */
export interface Results {
  /** The suite's own version. */
  suite: string;
  /** By store, by plan, by module. */
  stores: Partial<Record<'sqlite' | 'mongodb', Record<string, { modules: Record<string, Result> }>>>;
}

const FILE = new URL('results.json', import.meta.url);

export async function readResults(): Promise<Results> {
  return JSON.parse(await readFile(FILE, 'utf8')) as Results;
}

/** Puts the outcome of a run in the place of what was there of the same plans. */
export async function record(run: {
  store: 'sqlite' | 'mongodb';
  plans: readonly Plan[];
  outcomes: readonly PlanOutcome[];
  version: string;
}): Promise<void> {
  const { version } = run;
  const before = await readResults().catch(() => undefined);
  const results: Results = before?.suite === version ? before : { suite: version, stores: {} };
  const store = (results.stores[run.store] ??= {});
  run.plans.forEach((plan, index) => {
    const modules = run.outcomes[index]!.modules.map((module): [string, Result] => {
      const variant = Object.values(module.variant).filter((value) => value !== 'default');
      const name = variant.length === 0 ? module.name : `${module.name} [${variant.join(', ')}]`;
      return [name, resultOf(module)];
    });
    store[plan.name] = { modules: Object.fromEntries(modules.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
  });
  await writeFile(FILE, `${JSON.stringify(results, undefined, 2)}\n`);
}

/** A module that says nothing worse is still not passed while it has a warning or a failure in its log. */
function resultOf({ status, result, warnings, failures, notes }: PlanOutcome['modules'][number]): Result {
  if (status !== 'FINISHED') return 'INTERRUPTED';
  if (failures.length > 0 || notes.length > 0) return 'FAILED';
  if (warnings.length > 0) return 'WARNING';
  return ['PASSED', 'REVIEW', 'SKIPPED', 'WARNING'].includes(result) ? (result as Result) : 'FAILED';
}
