import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Two pages in folders of their own: the softphone for everybody, and, by mode `operators`, the calls for operators. */
export default defineConfig(({ mode }) => ({
  root: path(mode === 'operators' ? 'explorer' : '.'),
  publicDir: path('public'),
  base: '/',
  // Workspace packages are bundled from source, so that the page never ships stale output.
  resolve: { conditions: ['@earshot/source', 'module', 'browser', 'import', 'default'] },
  build: {
    outDir: path(mode === 'operators' ? 'dist/operators' : 'dist/page'),
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the pages allows no inline scripts, styles or data: modules.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
}));
