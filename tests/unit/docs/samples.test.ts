import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const DOCS = join(ROOT, 'docs');

/** What the samples take for granted of their page. */
const PAGE = `
declare const button: HTMLButtonElement;
declare const acceptButton: HTMLButtonElement;
declare const declineButton: HTMLButtonElement;
declare const retryButton: HTMLButtonElement;
declare const availableBox: HTMLInputElement;
declare function show(...shown: readonly unknown[]): void;
declare function fetchToken(): Promise<string>;
`;

const SETTINGS = {
  compilerOptions: {
    target: 'ES2023',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    module: 'ESNext',
    moduleResolution: 'Bundler',
    moduleDetection: 'force',
    // Of the sources, so that no build is out of date.
    customConditions: ['@earshot/source'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
  },
  include: ['*.ts'],
};

/** Each with its page and the line it begins on. */
const samples = readdirSync(DOCS)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => {
    const text = readFileSync(join(DOCS, name), 'utf8');
    return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => ({
      name: `${name.replace('.md', '')}-${text.slice(0, match.index).split('\n').length + 1}`,
      code: match[1] ?? '',
    }));
  });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-samples-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(ROOT, 'node_modules/@earshot'), join(folder, 'node_modules/@earshot'));
  writeFileSync(join(folder, 'page.d.ts'), PAGE);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...SETTINGS, files: ['page.d.ts'] }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const compile = (): Promise<string> =>
  new Promise((resolve) => {
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    execFile(process.execPath, [compiler, '-p', folder], (_error, stdout) => resolve(stdout));
  });

it('compiles every sample of the docs', { timeout: 60_000 }, async () => {
  expect(samples.length).toBeGreaterThan(5);
  for (const { name, code } of samples) writeFileSync(join(folder, `${name}.ts`), code);
  expect(await compile()).toBe('');
  // It would be told.
  writeFileSync(join(folder, 'wrong.ts'), `import { createPhone } from '@earshot/client';\ncreatePhone({ uri: 1 });\n`);
  expect(await compile()).toContain('wrong.ts');
});
