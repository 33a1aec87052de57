import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './root.mjs';

const COMPILED = join(root, 'apps/gateway/dist');
/** As deep as what was compiled, so that paths relative to a module lead to the same places. */
const BUNDLED = join(root, 'apps/gateway/bundle');
/** The program, and each of its threads. */
const ENTRIES = ['cli/main', 'media/worker-entry', 'store/worker-entry', 'turn/worker-entry'];
/** Native, loaded on demand by few, or not installed at all. */
const OUTSIDE = ['libsql', 'playwright-core', 'pg-native'];

/** A module finds its neighbours, such as the entry of its thread, where it would be without a bundle. */
const ownAddress = {
  name: 'own-address',
  transform(code, path) {
    if (!path.startsWith(COMPILED) || !code.includes('import.meta.url')) return undefined;
    // Every file of the bundle is one folder deep.
    const address = `new URL('../${relative(COMPILED, path).replaceAll('\\', '/')}', import.meta.url).href`;
    return { code: code.replaceAll('import.meta.url', address) };
  },
};

/**
 * Makes a few files of the thousand that the server and its threads are, with all they depend on: each thread would find,
 * read and link them anew, which was more than half of a start.
 */
rmSync(BUNDLED, { recursive: true, force: true });
const bundle = await rolldown({
  input: Object.fromEntries(ENTRIES.map((name) => [name, join(COMPILED, `${name}.js`)])),
  platform: 'node',
  external: OUTSIDE,
  plugins: [ownAddress],
  logLevel: 'warn',
});
await bundle.write({ dir: BUNDLED, entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' });
await bundle.close();
