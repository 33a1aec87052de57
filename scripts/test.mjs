import { parseArgs } from 'node:util';
import { checkRepository } from './lib/boundaries.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { describeMissing, ensurePeers, inContinuousIntegration, missingPowers } from './lib/peers.mjs';
import { requireNode, root } from './lib/root.mjs';
import { runModule } from './lib/run.mjs';
import { runVitest } from './lib/vitest.mjs';

const USAGE = `npm test -- [STEP...] [-- FILTER...]
Steps: types, lint, boundaries, unit, interop, networks, e2e (all when none is named). FILTER: parts of test file names.`;

/** A check counts as one test in the last line. */
const check = (exitCode) => ({ passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 });

function boundaries() {
  const violations = checkRepository(root);
  for (const violation of violations) console.error(violation);
  return check(violations.length);
}

/** Peers are looked for once, before the first step that needs one. */
let missing;
function peers() {
  missing ??= [...ensurePeers(), ...missingPowers()];
  for (const peer of missing) console.warn(describeMissing(peer));
  return inContinuousIntegration() ? missing.length : 0;
}

const withPeers = (project) => async (filters, output, shard) => {
  const share = shard === undefined ? [] : [`--shard=${shard}`];
  return await runVitest(project, [...share, ...filters], {}, output);
};

const STEPS = {
  types: async () => check(await runModule('typescript/bin/tsc', ['-b'])),
  lint: async () => check(await runModule('@biomejs/biome/bin/biome', ['check', '--diagnostic-level=warn', '.'])),
  boundaries,
  unit: (filters) => runVitest('unit', filters),
  interop: withPeers('interop'),
  networks: withPeers('networks'),
  e2e: withPeers('e2e'),
};

/**
 * Steps whose tests mostly wait, so that they run beside each other, those with many tests in shares. Each lane runs one
 * job at a time. Browsers need both cores, so two lanes have any; protocols among themselves need next to nothing.
 */
const LANES = [['networks', 'e2e'], ['e2e'], ['interop']];
const WAITING = new Set(LANES.flat());
const SHARES = { e2e: 14 };

/** Runs `steps`, a job of each lane at a time, whose output comes when they end. The counts of a step are those of all its shares. */
async function runBeside(steps) {
  const absent = steps.length > 0 ? peers() : 0;
  const alone = steps.length === 1;
  const jobs = [...WAITING]
    .filter((name) => steps.includes(name))
    .flatMap((name) => {
      const shares = alone || filters.length > 0 ? 1 : (SHARES[name] ?? 1);
      return Array.from({ length: shares }, (_, index) => ({
        name,
        shard: shares === 1 ? undefined : `${index + 1}/${shares}`,
      }));
    });
  const sums = new Map(
    steps.map((name) => [name, { name, passed: 0, failed: 0, skipped: 0, seconds: 0, failures: [] }]),
  );
  const take = (names) => {
    const index = jobs.findIndex(({ name }) => names.includes(name));
    return index < 0 ? undefined : jobs.splice(index, 1)[0];
  };
  const lane = async (names) => {
    for (let job = take(names); job !== undefined; job = take(names)) {
      const { name, shard } = job;
      const result = await timed(name, () => STEPS[name](filters, alone ? 'now' : 'at-end', shard));
      const sum = sums.get(name);
      for (const key of ['passed', 'failed', 'skipped', 'seconds']) sum[key] += result[key];
      sum.failures.push(...(result.failures ?? []));
    }
  };
  await Promise.all(LANES.map(lane));
  const [first] = sums.values();
  if (first !== undefined) first.failed += absent;
  return [...sums.values()];
}

async function timed(name, step) {
  const started = performance.now();
  const counts = await step();
  return { name, ...counts, seconds: (performance.now() - started) / 1000 };
}

function summarize(results) {
  console.log('\nStep         passed  failed  skipped  seconds');
  for (const { name, passed, failed, skipped, seconds } of results) {
    const cells = [String(passed).padStart(6), String(failed).padStart(6), String(skipped).padStart(7)];
    console.log(`${name.padEnd(11)}  ${cells.join('  ')}  ${seconds.toFixed(1).padStart(7)}`);
  }
  for (const peer of missing ?? []) console.log(describeMissing(peer));
  for (const { file, title, reason } of results.flatMap(({ failures }) => failures ?? []))
    console.log(`\nFailed: ${file}: ${title}\n${reason}`);
}

const filterAt = process.argv.indexOf('--', 2);
const end = filterAt < 0 ? process.argv.length : filterAt;
const { positionals } = parseArgs({ args: process.argv.slice(2, end), allowPositionals: true });
const filters = process.argv.slice(end + 1);
if (positionals.some((name) => !Object.hasOwn(STEPS, name))) {
  console.error(USAGE);
  process.exit(2);
}

requireNode();
const installed = await ensureInstalled();
if (installed !== 0) process.exit(installed);

const results = [await timed('build', async () => check(await ensureBuilt()))];
const chosen = positionals.length > 0 ? positionals : Object.keys(STEPS);
const runStep = async (name) => {
  console.log(`\n── ${name}`);
  results.push(await timed(name, () => STEPS[name](filters, 'now')));
};
for (const name of chosen.filter((name) => !WAITING.has(name))) await runStep(name);
results.push(...(await runBeside(chosen.filter((name) => WAITING.has(name)))));

summarize(results);
const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
const skipped = total('skipped');
console.log(`\n${total('passed')} passed, ${total('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = total('failed') === 0 ? 0 : 1;
