import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { Softphone } from '../harness/softphone.js';

describe.skipIf(lacks('chromium'))('a call that is answered, but heard in one direction at most', () => {
  let browser: Chromium;
  let gateway: Gateway;
  beforeAll(async () => {
    browser = await launchChromium();
    gateway = await startGateway({ calls: { audioSeconds: 4 } });
  });
  afterAll(async () => {
    await browser.close();
    await gateway.stop();
  });

  it.each(['silent', 'deaf'])('to %s is never shown as connected, and ends with a name', async (line) => {
    const softphone = await Softphone.open(await browser.newPage(), gateway.url);
    await softphone.call(line);
    await softphone.reaches('answered');
    await softphone.reaches('ended', 20_000);
    expect(await softphone.states()).not.toContain('connected');
    expect(await softphone.error()).toMatch(/^media\./);
  });
});
