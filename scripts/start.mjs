import { fileURLToPath } from 'node:url';
import { prepare } from './lib/prepare.mjs';

await prepare();
// The server runs in this very process, so that signals and the exit code need no relay.
const program = fileURLToPath(new URL('../apps/gateway/bin/earshot.mjs', import.meta.url));
process.argv = [process.execPath, program, 'start', ...process.argv.slice(2)];
await import(program);
