import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { systemServer } from './clock.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-clock-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, `${Math.random()}`);
  writeFileSync(path, text);
  return path;
}

it.each([
  ['chrony', '# server old.example.com\npool 2.debian.pool.ntp.org iburst\n', '2.debian.pool.ntp.org'],
  ['ntpd', 'driftfile /var/lib/ntp\n  server ntp.example.com prefer\nserver other.example.com\n', 'ntp.example.com'],
  ['timesyncd', '[Time]\n#NTP=\nNTP=time.example.com time2.example.com\n', 'time.example.com'],
])('the time server of the system is found in the settings of %s', (_, text, host) => {
  expect(systemServer([join(folder, 'none'), file(text)])).toEqual({ host, port: 123 });
});

it('none is made up where none is set', () => {
  expect(systemServer([file('[Time]\n#NTP=time.example.com\nFallbackNTP=fallback.example.com\n')])).toBeUndefined();
});
