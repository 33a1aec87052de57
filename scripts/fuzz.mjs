import { options } from './lib/options.mjs';
import { prepare } from './lib/prepare.mjs';
import { runVitest } from './lib/vitest.mjs';

const USAGE = `npm run fuzz -- [--inputs N] [--seed S] [TARGET...]
N: inputs over all parsers (a million). S: 32-bit seed, printed by every run. TARGET: parsers to feed, all if none.`;

const { values, positionals } = options(
  {
    allowPositionals: true,
    options: { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string' } },
  },
  USAGE,
);
const inputs = Number(values.inputs);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
if (!Number.isInteger(inputs) || inputs < 1 || !Number.isInteger(seed)) {
  console.error(USAGE);
  process.exit(2);
}

await prepare();
console.log(`${inputs} inputs, seed ${seed}`);
const { passed, failed } = await runVitest('fuzz', [], {
  EARSHOT_FUZZ_INPUTS: String(inputs),
  EARSHOT_FUZZ_SEED: String(seed),
  EARSHOT_FUZZ_TARGETS: positionals.join(','),
});
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
