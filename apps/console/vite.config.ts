import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  // Workspace packages are bundled from source, so that the page never ships stale output.
  resolve: { conditions: ['@earshot/source', 'module', 'browser', 'import', 'default'] },
  build: {
    outDir: 'dist/page',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows no inline scripts, styles or data: modules.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
