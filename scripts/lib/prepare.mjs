import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { requireNode } from './root.mjs';

/** Brings a bare clone to where its programs can run; ends this process when that fails. */
export async function prepare() {
  requireNode();
  for (const step of [ensureInstalled, ensureBuilt]) {
    const code = await step();
    if (code !== 0) process.exit(code);
  }
}
