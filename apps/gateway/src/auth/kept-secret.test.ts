import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keptSecret } from './kept-secret.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-secret-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('makes a secret once and keeps it from others', () => {
  const dataDir = join(folder, 'new', 'data');
  const made = keptSecret(dataDir);
  expect(made).toEqual({ ok: true, value: expect.stringMatching(/^[\w-]{43}$/) });
  expect(keptSecret(dataDir)).toEqual(made);
  expect(statSync(join(dataDir, 'auth-secret')).mode & 0o777).toBe(0o600);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
});

it.each([
  ['empty', ''],
  ['cut short', 'abcdefgh'],
])('replaces one that is %s', (_what, text) => {
  const file = join(folder, 'auth-secret');
  writeFileSync(file, text);
  const made = keptSecret(folder);
  expect(made).toEqual({ ok: true, value: expect.stringMatching(/^[\w-]{43}$/) });
  expect(made).toEqual({ ok: true, value: readFileSync(file, 'utf8').trim() });
});

it('names a folder that cannot be used', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const failed = { ok: false, error: { code: 'server.data_folder', where: expect.stringContaining(folder) } };
  expect(keptSecret(file)).toMatchObject(failed);
  expect(keptSecret(join(file, 'below'))).toMatchObject(failed);
});
