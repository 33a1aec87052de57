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

const withPeers = (project) => async (filters, output) => {
  const absent = peers();
  const counts = await runVitest(project, filters, {}, output);
  return { ...counts, failed: counts.failed + absent };
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

/** Steps that may run beside each other. */
const WAITING = new Set(['interop', 'networks', 'e2e']);

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
const runStep = async (name, output) => {
  if (output === 'now') console.log(`\n── ${name}`);
  results.push(await timed(name, () => STEPS[name](filters, output)));
};
for (const name of chosen.filter((name) => !WAITING.has(name))) await runStep(name, 'now');
// Tests that call mostly wait: browsers on one side, peers and namespaces beside them, whose output comes when they end.
const beside = chosen.filter((name) => WAITING.has(name) && name !== 'e2e');
const hasBrowsers = chosen.includes('e2e');
await Promise.all([
  (async () => {
    for (const name of beside) await runStep(name, hasBrowsers ? 'at-end' : 'now');
  })(),
  hasBrowsers ? runStep('e2e', 'now') : undefined,
]);

summarize(results);
const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
const skipped = total('skipped');
console.log(`\n${total('passed')} passed, ${total('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = total('failed') === 0 ? 0 : 1;
