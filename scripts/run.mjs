import { resolve } from 'node:path';
import { importTypeScript } from './lib/typescript.mjs';

// `node scripts/run.mjs FILE.ts [ARG...]` loads a TypeScript program of tests/ that ends by itself.
const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  console.error('node scripts/run.mjs FILE.ts [ARG...]');
  process.exit(2);
}
process.argv = [process.execPath, resolve(file), ...args];
await importTypeScript(resolve(file));
