import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Chromium, launchChromium } from '../../harness/chromium.js';
import { recordRemoteAudio, startLoop } from '../../harness/page-audio.js';
import { lacks } from '../../harness/peers.js';
import { soundMs, toneMs } from '../../harness/tones.js';

let browser: Chromium | undefined;
const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>x</title>'));
afterEach(async () => {
  await browser?.close();
  server.close();
});

describe.skipIf(lacks('chromium'))('Chromium alone, so that the harness itself is proved', () => {
  it.each(['opus', 'PCMA'])('measures the tone of its own microphone over %s', async (codec) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await launchChromium({ microphone: 740, args: ['--autoplay-policy=no-user-gesture-required'] });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await startLoop(page, codec)).toBe('connected');
    const heard = await recordRemoteAudio(page, 2);
    expect(toneMs(heard, 740)).toBeGreaterThan(1000);
    expect(toneMs(heard, 440)).toBe(0);
  });

  it('hears nothing of a silent microphone', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await launchChromium({ microphone: 'silent', args: ['--autoplay-policy=no-user-gesture-required'] });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await startLoop(page, 'opus');
    expect(soundMs(await recordRemoteAudio(page, 1))).toBe(0);
  });
});
