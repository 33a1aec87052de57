import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeMissing, ensurePeers, missingPowers, PEERS } from './lib/peers.mjs';
import { prepare } from './lib/prepare.mjs';
import { root } from './lib/root.mjs';
import { run } from './lib/run.mjs';

const folder = join(root, 'tests/bench');
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'main.ts')))
  .map((entry) => entry.name);
const [name, ...args] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`npm run bench -- NAME [--json] [OPTION...]\nNAME: ${names.join(', ')}`);
  process.exit(2);
}

// Standard output belongs to the benchmark's result.
console.log = console.error;
await prepare();
const isOfBench = ({ suites }) => suites.includes(`bench ${name}`);
for (const peer of [...ensurePeers(PEERS.filter(isOfBench)), ...missingPowers().filter(isOfBench)]) {
  console.error(describeMissing(peer));
}
process.exitCode = await run(process.execPath, [join(root, 'scripts/run.mjs'), join(folder, name, 'main.ts'), ...args]);
