import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FIREFOX_MICROPHONE_HZ, type Firefox, launchFirefox } from '../../harness/firefox.js';
import { recordRemoteAudio, startLoop } from '../../harness/page-audio.js';
import { lacks } from '../../harness/peers.js';
import { toneMs } from '../../harness/tones.js';

let browser: Firefox | undefined;
const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>x</title>'));
afterEach(async () => {
  await browser?.close();
  server.close();
});

describe.skipIf(lacks('firefox-esr', 'pulseaudio'))('Firefox alone, so that the harness itself is proved', () => {
  it('measures the tone of its own microphone', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await launchFirefox();
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await startLoop(page, 'opus')).toBe('connected');
    const heard = await recordRemoteAudio(page, 2);
    expect(toneMs(heard, FIREFOX_MICROPHONE_HZ)).toBeGreaterThan(1000);
  });
});
