import { runnerImport } from 'vite';
import { root } from './root.mjs';

/** Node 20 reads no TypeScript: vite's module runner loads a source file of tests/ (built packages stay as built). */
export async function importTypeScript(path) {
  const { module } = await runnerImport(path, { root, configFile: false, logLevel: 'error' });
  return module;
}
