import { chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFile, replaceFile } from './kept-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-kept-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('keeps what it writes from everybody but the owner', () => {
  const file = join(folder, 'secret');
  replaceFile(file, 'one');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it.skipIf(process.getuid?.() !== 0)(
  'leaves to the server, which owns the folder, what root writes by a command',
  () => {
    chownSync(folder, 1234, 4321);
    const [replaced, created] = [join(folder, 'replaced'), join(folder, 'created')];
    replaceFile(replaced, 'one');
    replaceFile(replaced, 'two');
    createFile(created, 'three');
    for (const file of [replaced, created]) expect(statSync(file)).toMatchObject({ uid: 1234, gid: 4321 });
  },
);
