import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';
import { run, runModule } from './run.mjs';

const stampPath = join(root, 'node_modules/.cache/earshot-build');
const OUTPUTS = [
  'apps/gateway/dist/index.js',
  'apps/gateway/bundle/cli/main.js',
  'apps/console/dist/page/index.html',
  'apps/console/dist/operators/index.html',
  'packages/client/dist/sdk/manifest.json',
];
/** Vite's, one for each page: what everybody calls from, and what operators read. */
const PAGE_MODES = ['production', 'operators'];
/** How it is bundled. Each is a process of its own: a server that is built before it starts does not carry them along. */
const BUNDLERS = ['scripts/lib/bundle-gateway.mjs', 'scripts/lib/bundle-sdk.mjs'];
const SKIPPED = new Set(['node_modules', 'dist', 'bundle']);

const isInput = (name) => !name.endsWith('.test.ts') && !name.endsWith('.tsbuildinfo');

function* inputs(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) yield* inputs(path);
    } else if (isInput(entry.name)) {
      yield path;
    }
  }
}

/** Names, sizes and times of all that a build reads: added, changed and removed files alike give another value. */
export function buildFingerprint() {
  const hash = createHash('sha256');
  const own = ['package-lock.json', 'tsconfig.base.json', 'scripts/lib/bundles.mjs', ...BUNDLERS];
  for (const path of [...own, ...inputs('packages'), ...inputs('apps')]) {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

const isBuilt = (fingerprint) =>
  existsSync(stampPath) &&
  readFileSync(stampPath, 'utf8') === fingerprint &&
  OUTPUTS.every((path) => existsSync(join(root, path)));

/** Compiles the server, bundles the pages and the SDK, unless nothing they are made of has changed. Gives an exit code. */
export async function ensureBuilt() {
  const fingerprint = buildFingerprint();
  if (isBuilt(fingerprint)) return 0;
  console.log('Building…');
  const compiled = await runModule('typescript/bin/tsc', ['-b', 'apps/gateway', 'apps/console', 'packages/widget']);
  if (compiled !== 0) return compiled;
  for (const mode of PAGE_MODES) {
    const bundled = await runModule('vite/bin/vite.js', ['build', '--mode', mode, '--logLevel', 'warn'], {
      cwd: join(root, 'apps/console'),
    });
    if (bundled !== 0) return bundled;
  }
  for (const bundler of BUNDLERS) {
    const bundled = await run(process.execPath, [join(root, bundler)]);
    if (bundled !== 0) return bundled;
  }
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, fingerprint);
  return 0;
}
