import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { expect, it } from 'vitest';

/** Bytes that every page with the SDK loads, compressed. */
const MOST = 25 * 1_000;

it('the SDK stays small', async () => {
  const entry = fileURLToPath(new URL('../../../packages/client/src/index.ts', import.meta.url));
  const built = (await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@earshot/source', 'module', 'browser', 'import', 'default'] },
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: { input: entry, preserveEntrySignatures: 'strict', output: { minify: true } },
    },
  })) as Rolldown.RolldownOutput;
  const code = built.output.map((file) => ('code' in file ? file.code : '')).join('');
  // What a call can meet is in it, what only an operator meets is not.
  expect(code).toContain('mic.prompt_ignored');
  expect(code).not.toContain('config.bad_yaml');
  expect(gzipSync(code).length).toBeLessThan(MOST);
});
