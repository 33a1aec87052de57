import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { checkClock, systemServer } from './clock.js';

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

describe('without a time server, the page', () => {
  let page: Server | undefined;
  afterEach(() => void page?.close());

  async function clockBy(aheadMs: number, own: readonly string[] = []) {
    page = createServer((_request, response) => {
      response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString());
      response.end();
    }).listen(0, '127.0.0.1');
    await once(page, 'listening');
    const url = new URL(`http://127.0.0.1:${(page.address() as AddressInfo).port}`);
    return await checkClock({ url, own: new Set(own), ntp: undefined }, []);
  }

  it('tells by its Date, to a second', async () => {
    expect(await clockBy(0)).toMatchObject({ status: 'ok' });
    expect(await clockBy(-4_000)).toMatchObject({ status: 'warning', code: 'server.clock_off' });
    expect(await clockBy(60_000)).toMatchObject({ status: 'problem', code: 'server.clock_off' });
  });

  it('of this very machine tells nothing', async () => {
    expect(await clockBy(60_000, ['127.0.0.1'])).toMatchObject({ status: 'skipped' });
  });

  it('that does not answer tells nothing', async () => {
    const url = new URL('http://127.0.0.1:9');
    expect(await checkClock({ url, own: new Set(), ntp: undefined }, [])).toMatchObject({ status: 'skipped' });
  });
});
