import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { whyNoNamespaces } from '../networks/namespace.js';
import { SharedBenches } from './benches.js';
import { FAMILIES } from './catalog.js';
import { type HealthyResult, runHealthy } from './healthy.js';
import { inLanes } from './lanes.js';
import { describeResult, explainResult, makeReport, printReport } from './report.js';
import { type FaultResult, runFault } from './run-fault.js';
import type { Family } from './types.js';

/** Brings faults about in real calls, and makes healthy ones: what does Earshot say of them? */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    /** Names of entries, separated by commas; default: all. */
    only: { type: 'string' },
    /** Names of families, separated by commas; default: all. */
    families: { type: 'string' },
    /** Healthy calls; default: 100, or none where entries are chosen. */
    healthy: { type: 'string' },
    /** Of the order of healthy calls. */
    seed: { type: 'string', default: '1' },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const only = values.only?.split(',');
const families = values.families?.split(',');
const known = FAMILIES.flatMap(({ faults }) => faults.map(({ name }) => name));
const unknown = [
  ...(only?.filter((name) => !known.includes(name)) ?? []),
  ...(families?.filter((name) => !FAMILIES.some((family) => family.name === name)) ?? []),
];
if (unknown.length > 0) {
  say(
    `unknown: ${unknown.join(', ')}; families: ${FAMILIES.map(({ name }) => name).join(', ')}; faults: ${known.join(', ')}`,
  );
  process.exit(2);
}

const isChosen = only !== undefined || families !== undefined;
const healthyCalls = Number(values.healthy ?? (isChosen ? 0 : 100));
const seed = Number(values.seed);
if (!Number.isInteger(healthyCalls) || healthyCalls < 0 || !Number.isInteger(seed)) {
  say('--healthy and --seed take whole numbers');
  process.exit(2);
}

const notes: string[] = [];
const load = loadavg()[0] ?? 0;
if (load > 0.5) notes.push(`the machine was busy before (load ${load.toFixed(1)}): the times are rough`);
const noNamespaces = whyNoNamespaces();
if (noNamespaces !== undefined) notes.push(`no faults of networks: ${noNamespaces}`);

const results: (FaultResult | HealthyResult)[] = [];
const note = <Result extends FaultResult | HealthyResult>(result: Result): Result => {
  say(describeResult(result));
  if (values.verbose) for (const line of explainResult(result)) say(line);
  return result;
};

async function runFamily(shared: SharedBenches, family: Family): Promise<readonly FaultResult[]> {
  const chosen = families?.includes(family.name) ?? true;
  const faults = family.faults.filter(({ name }) => chosen && (only?.includes(name) ?? true));
  if (faults.length === 0 || (family.namespaces && noNamespaces !== undefined)) return [];
  const run = async (fault: (typeof faults)[number]) => note(await runFault(shared, family, fault));
  const together = await inLanes(
    faults.filter(({ alone }) => alone !== true),
    family.atOnce,
    run,
  );
  const apart = await inLanes(
    faults.filter(({ alone }) => alone === true),
    1,
    run,
  );
  return [...together, ...apart];
}

const shared = new SharedBenches();
try {
  for (const family of FAMILIES) results.push(...(await runFamily(shared, family)));
  if (healthyCalls > 0)
    results.push(
      ...(await runHealthy(shared, { calls: healthyCalls, seed, namespaces: noNamespaces === undefined, note })),
    );
} finally {
  await shared.stop();
}
const report = makeReport(results, notes);
console.log(values.json ? JSON.stringify(report, undefined, 2) : printReport(report));
process.exit(0);
