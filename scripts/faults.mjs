import { join } from 'node:path';
import { describeMissing, ensurePeers, missingPowers, PEERS } from './lib/peers.mjs';
import { prepare } from './lib/prepare.mjs';
import { root } from './lib/root.mjs';
import { run } from './lib/run.mjs';

// npm run faults -- [--json] [--verbose] [--only NAME,..] [--families NAME,..] [--healthy N] [--seed S]

// Standard output belongs to the result.
console.log = console.error;
await prepare();
const isNeeded = ({ suites }) => suites.includes('faults');
for (const peer of [...ensurePeers(PEERS.filter(isNeeded)), ...missingPowers()]) console.error(describeMissing(peer));
const main = join(root, 'tests/faults/main.ts');
process.exitCode = await run(process.execPath, [join(root, 'scripts/run.mjs'), main, ...process.argv.slice(2)]);
