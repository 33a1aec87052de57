import { mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileWatch } from './file-watch.js';

let folder: string;
const path = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-watch-'));
  writeFileSync(path('a'), '1');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('notices each change once, whatever made it', async () => {
  const watch = await FileWatch.start([path('a')]);
  const changes: [string, () => void][] = [
    ['nothing', () => undefined],
    ['written in place', () => writeFileSync(path('a'), '22')],
    ['a time alone', () => utimesSync(path('a'), 1, 1)],
    [
      'replaced',
      () => {
        writeFileSync(path('b'), '33');
        renameSync(path('b'), path('a'));
      },
    ],
    ['deleted', () => rmSync(path('a'))],
    [
      'a link',
      () => {
        writeFileSync(path('c'), '4');
        symlinkSync('c', path('a'));
      },
    ],
    ['behind a link', () => writeFileSync(path('c'), '55')],
  ];
  const noticed: unknown[] = [];
  for (const [what, change] of changes) {
    change();
    noticed.push([what, await watch.hasChanged(), await watch.hasChanged()]);
  }
  expect(noticed).toEqual(changes.map(([what]) => [what, what !== 'nothing', false]));
});

it('waits until files hold still where it is told to', async () => {
  const watch = await FileWatch.start([path('a'), path('b')], { settled: true });
  writeFileSync(path('a'), '22');
  expect(await watch.hasChanged()).toBe(false);
  writeFileSync(path('b'), '1');
  expect(await watch.hasChanged()).toBe(false);
  expect([await watch.hasChanged(), await watch.hasChanged()]).toEqual([true, false]);
});
