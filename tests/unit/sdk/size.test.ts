import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { BUNDLES, bundle } from '../../../scripts/lib/bundles.mjs';

/** The most bytes of what pages load, compressed: what every page with the SDK loads, and what some load besides. */
const MOST: Readonly<Record<string, number>> = {
  'earshot.js': 25_000,
  'earshot.iife.js': 25_000,
  'earshot-preflight.js': 10_000,
  'earshot-preflight.iife.js': 10_000,
  'earshot-words.js': 17_000,
  'earshot-words.iife.js': 17_000,
  'earshot-widget.js': 62_000,
};

const files = BUNDLES.flatMap((each) => each.formats.map((format) => ({ each, format })));

it.each(files)('$each.name stays small as $format', async ({ each, format }) => {
  const { file, code } = await bundle(each, format);
  expect(gzipSync(code, { level: 9 }).length, file).toBeLessThanOrEqual(MOST[file] ?? 0);
});

it('the SDK has what a call can meet, and not what only an operator meets', async () => {
  const core = BUNDLES.find(({ name }) => name === 'earshot');
  if (core === undefined) throw new Error('no SDK');
  const { code } = await bundle(core, 'es');
  expect(code).toContain('mic.prompt_ignored');
  expect(code).not.toContain('config.bad_yaml');
  // Words are a file of their own, and nothing is fetched or evaluated later.
  expect(code).not.toContain('The calling service');
  expect(code).not.toMatch(/\bimport\s*\(|\beval\s*\(|new Function\b/);
});
