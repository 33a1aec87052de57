import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { checkRepository, importsOf } from './boundaries.mjs';

let root;
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A repository with one package, `packages/rtp`, made of these files. */
function repository(files, { dependencies = {}, types = [] } = {}) {
  root = mkdtempSync(join(tmpdir(), 'earshot-boundaries-'));
  const all = {
    'packages/rtp/package.json': JSON.stringify({ dependencies }),
    'packages/rtp/tsconfig.json': JSON.stringify({ compilerOptions: { types } }),
    'apps/.keep': '',
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`packages/rtp/src/${path}`, text])),
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkRepository(root);
}

it('reads every form of import, and none from comments', () => {
  root = '';
  const source = `
    import a from 'a';
    import {
      type B,
      c,
    } from "b/c.js";
    import 'side-effect';
    export * from '@scope/d/e';
    export const f = async () => import('dynamic');
    // import x from 'commented';
    /* import y from 'also-commented'; */
    export const words = "from 'nowhere'";
  `;
  expect(importsOf(source).sort()).toEqual(['@scope/d/e', 'a', 'b/c.js', 'dynamic', 'side-effect']);
});

it('accepts what goes downward and is declared', () => {
  const files = { 'index.ts': "export { ok } from '@earshot/base';\nexport * from './other.js';", 'other.ts': '' };
  expect(repository(files, { dependencies: { '@earshot/base': '*' } })).toEqual([]);
});

it('refuses a sibling protocol even when it is declared', () => {
  const found = repository(
    { 'a.ts': "import { x } from '@earshot/webrtc';" },
    { dependencies: { '@earshot/webrtc': '*' } },
  );
  expect(found).toEqual(['packages/rtp/src/a.ts: @earshot/webrtc is not below it']);
});

it('refuses Node outside tests, and paths into another workspace', () => {
  const files = {
    'a.ts': "import { readFileSync } from 'node:fs';",
    'b.ts': "import { y } from '../../sip/src/index.js';",
    'b.test.ts': "import { readFileSync } from 'node:fs';\nimport { it } from 'vitest';",
  };
  expect(repository(files).sort()).toEqual([
    'packages/rtp/src/a.ts: node:fs may not use Node',
    'packages/rtp/src/b.ts: ../../sip/src/index.js leaves its workspace',
  ]);
});

it('keeps package.json and imports in step', () => {
  const found = repository({ 'a.ts': "import 'undeclared';" }, { dependencies: { unused: '1' } });
  expect(found).toEqual([
    'packages/rtp/src/a.ts: undeclared is not among its dependencies',
    'packages/rtp/package.json: unused is never imported',
  ]);
});

it("refuses Node's types in a protocol package", () => {
  expect(repository({ 'a.ts': '' }, { types: ['node'] })).toEqual(['packages/rtp/tsconfig.json: types must be []']);
});
