import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './root.mjs';
import { run } from './run.mjs';

const stampPath = join(root, 'node_modules/.earshot-install');

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** What an installation depends on: the lock file and the ABI that native modules were fetched for. */
const fingerprint = (lock) => `${createHash('sha256').update(lock).digest('hex')} abi${process.versions.modules}`;

/**
 * Whether what npm says it installed (its hidden lock file) covers the lock file, so that a developer's own
 * `npm install` is not thrown away. Optional packages may be absent: they belong to other platforms.
 */
export function covers(installedText, lockText) {
  const installed = JSON.parse(installedText).packages ?? {};
  return Object.entries(JSON.parse(lockText).packages ?? {}).every(([path, wanted]) => {
    const found = installed[path];
    if (path === '' || wanted.optional || wanted.devOptional) return true;
    return found !== undefined && found.version === wanted.version;
  });
}

/** Installs exactly what package-lock.json says, unless that is already there. Gives npm's exit code. */
export async function ensureInstalled() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stamp = fingerprint(lock);
  if (read(stampPath) === stamp) return 0;
  const installed = read(join(root, 'node_modules/.package-lock.json'));
  if (installed !== undefined && covers(installed, lock)) {
    writeFileSync(stampPath, stamp);
    return 0;
  }
  console.log('Installing dependencies…');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  // Browsers come from the system, not from a download.
  const env = { PUPPETEER_SKIP_DOWNLOAD: '1', PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' };
  const code =
    npm?.endsWith('.js') === true
      ? await run(process.execPath, [npm, ...args], { env, output: 'on-failure' })
      : await run('npm', args, { env, output: 'on-failure' });
  if (code === 0) {
    mkdirSync(dirname(stampPath), { recursive: true });
    writeFileSync(stampPath, stamp);
  }
  return code;
}
