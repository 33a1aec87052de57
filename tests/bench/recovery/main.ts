import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Random } from '../../fuzz/random.js';
import { lacks } from '../../harness/peers.js';
import { whyNoNamespaces } from '../../networks/namespace.js';
import { printWith } from '../report.js';
import { makeReport, tableOf } from './report.js';
import { Rig, type RunningCall } from './rig.js';
import { type Outcome, runOnce } from './run.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

/** Networks and connections that fail under running calls: how long does nobody hear the other? */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    /** Of each scenario; of those that measure the instrument 20 at most. */
    runs: { type: 'string', default: '50' },
    /** Names of scenarios, separated by commas; default: all. */
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    /** Gaps of at least so many ms are kept with all that may explain them. */
    slow: { type: 'string', default: '1500' },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const missing = whyNoNamespaces() ?? (lacks('chromium') ? 'chromium is not installed' : undefined);
if (missing !== undefined) {
  say(`bench recovery cannot run here: ${missing}`);
  process.exit(1);
}
const only = values.only?.split(',');
const unknown = only?.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name)) ?? [];
const [runs, seed, slowMs] = [Number(values.runs), Number(values.seed), Number(values.slow)];
if (unknown.length > 0 || !Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
  say(`--runs and --seed take whole numbers; --only takes ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

/** A call that went through so many events has shown what it can. */
const EVENTS_PER_CALL = 10;
const SAVED = fileURLToPath(new URL('../../../node_modules/.cache/earshot-recovery/', import.meta.url));

const notes: string[] = [];
const load = loadavg()[0] ?? 0;
if (load > 0.5)
  notes.push(
    `the machine was busy before (load ${load.toFixed(1)}): the gaps are its own, unless this ran before all else (chrt -r 1)`,
  );

async function runScenario(rig: Rig, scenario: Scenario): Promise<readonly Outcome[]> {
  const wanted = scenario.instrument === true ? Math.min(runs, 20) : runs;
  const outcomes: Outcome[] = [];
  const random = new Random(seed * 1000 + SCENARIOS.indexOf(scenario));
  let call: RunningCall | undefined;
  let events = 0;
  let unfit = 0;
  while (outcomes.length < wanted) {
    call ??= await rig.call();
    const outcome = await runOnce(rig, call, scenario, outcomes.length, random, slowMs);
    if (outcome === undefined) {
      unfit += 1;
      if (unfit > wanted) throw new Error(`${scenario.name}: calls are not heard`);
    } else {
      outcomes.push(outcome);
      tell(scenario, outcome);
    }
    events += 1;
    if (outcome?.survived === true && events < EVENTS_PER_CALL) continue;
    await call.hangUp();
    call = undefined;
    events = 0;
  }
  await call?.hangUp();
  if (unfit > 0) notes.push(`${scenario.name}: ${unfit} calls were not heard evenly enough to begin with`);
  return outcomes;
}

function tell({ name }: Scenario, { run, near, far, survived, restarts, sipMessages, trace }: Outcome): void {
  const gaps = `browser ${near.ms} ms, phone ${far.ms} ms`;
  const more = `${restarts} restarts${sipMessages > 0 ? `, ${sipMessages} SIP messages` : ''}${survived ? '' : ', LOST'}`;
  say(`${name} ${run + 1}: ${gaps}, ${more}`);
  if (trace === undefined) return;
  mkdirSync(SAVED, { recursive: true });
  writeFileSync(`${SAVED}${name}-${run + 1}.json`, `${JSON.stringify({ survived, ...trace }, undefined, 1)}\n`);
}

const done: { scenario: Scenario; outcomes: readonly Outcome[] }[] = [];
const rig = await Rig.start();
try {
  for (const scenario of SCENARIOS) {
    if (only?.includes(scenario.name) === false) continue;
    try {
      done.push({ scenario, outcomes: await runScenario(rig, scenario) });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(`${scenario.name}: ${why}`);
      notes.push(`${scenario.name} could not be run: ${why}`);
    }
  }
} finally {
  await rig.stop();
}
const report = makeReport(done, notes);
console.log(values.json ? JSON.stringify(report, undefined, 2) : printWith(report, tableOf(report.results)));
process.exit(0);
