import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Baresip } from '../harness/baresip.js';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { Softphone } from '../harness/softphone.js';
import { toneMs } from '../harness/tones.js';

const BROWSER_HZ = 740;

describe.skipIf(lacks('chromium'))('more than one call', () => {
  let browser: Chromium;
  let gateway: Gateway;
  const phones: Baresip[] = [];
  beforeAll(async () => {
    browser = await launchChromium({ microphone: BROWSER_HZ });
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await Promise.all([...browser.context.pages().map((page) => page.close())]);
    await Promise.all(phones.splice(0).map((phone) => phone.stop()));
    await gateway.stop();
  });

  const echo = async (softphone: Softphone): Promise<void> => {
    await softphone.call('echo');
    await softphone.reaches('connected');
    await softphone.hears(BROWSER_HZ);
  };

  it('works again after hanging up', async () => {
    gateway = await startGateway();
    const softphone = await Softphone.open(await browser.newPage(), gateway.url);
    await echo(softphone);
    await softphone.hangUp();
    await softphone.reaches('ended');
    await echo(softphone);
  });

  it('works again after the page was left and came back', async () => {
    gateway = await startGateway();
    const page = await browser.newPage();
    const before = await Softphone.open(page, gateway.url);
    await echo(before);
    await before.hangUp();
    await before.reaches('ended');
    await page.goto('about:blank');
    await echo(await Softphone.open(page, gateway.url));
  });

  it.skipIf(lacks('baresip'))('runs from two pages at once, each with its own far end', async () => {
    const tones = [500, 1300] as const;
    const started = await Promise.all(tones.map((frequencyHz) => Baresip.start({ frequencyHz })));
    phones.push(...started);
    gateway = await startGateway({ routes: started.map(({ uri }, index) => ({ match: `desk-${index}`, to: uri })) });
    const softphones = await Promise.all(tones.map(async () => Softphone.open(await browser.newPage(), gateway.url)));
    await Promise.all(softphones.map((softphone, index) => softphone.call(`desk-${index}`)));
    await Promise.all(softphones.map((softphone) => softphone.reaches('connected')));
    for (const [index, softphone] of softphones.entries()) {
      const own = tones[index] ?? 0;
      await softphone.hears(own);
      const heard = await softphone.record(1);
      for (const other of tones.filter((tone) => tone !== own)) expect(toneMs(heard, other)).toBe(0);
    }
  });
});
