import { MELODY_HZ } from '@earshot/gateway';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Baresip } from '../harness/baresip.js';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { until } from '../harness/process.js';
import { Softphone } from '../harness/softphone.js';
import { toneMs } from '../harness/tones.js';

const BROWSER_HZ = 740;
const PHONE_HZ = 1100;
/** A round of the melody, and a note more. */
const MELODY_SECONDS = 2.8;

/** What the browser speaks: Opus, transcoded for the phone, or the phone's own codec. Lines take the first law offered. */
const CODECS = [
  { policy: 'quality', codec: 'opus', phone: 'pcma/8000/1', lines: true },
  { policy: 'density', codec: 'PCMU', phone: 'pcmu/8000/1', lines: true },
  { policy: 'density', codec: 'PCMA', phone: 'pcma/8000/1', lines: false },
] as const;

/** The phone hears the browser: half a second of its tone, however long that takes. */
const phoneHears = (phone: Baresip, frequencyHz: number): Promise<true> =>
  until(`${frequencyHz} Hz at the phone`, () => {
    const heard = phone.heard();
    return heard !== undefined && toneMs(heard, frequencyHz) >= 500 ? true : undefined;
  });

/** The built-in line heard the browser's tone: it says so at the end of the call. */
async function lineHears(gateway: Gateway, line: string): Promise<void> {
  const said = () => gateway.records().find((record) => record.msg === 'line heard' && record.line === line);
  const { toneHz } = await until('what the line heard', said);
  expect(Math.abs(Number(toneHz) - BROWSER_HZ)).toBeLessThanOrEqual(10);
}

describe.skipIf(lacks('chromium'))('Chromium', () => {
  let browser: Chromium;
  beforeAll(async () => {
    browser = await launchChromium({ microphone: BROWSER_HZ });
  });
  afterAll(() => browser.close());

  let gateway: Gateway | undefined;
  const phones: Baresip[] = [];
  afterEach(async () => {
    await Promise.all([...browser.context.pages().map((page) => page.close())]);
    await Promise.all(phones.splice(0).map((phone) => phone.stop()));
    await gateway?.stop();
    gateway = undefined;
  });

  const startPhone = async (codec: string): Promise<Baresip> => {
    const phone = await Baresip.start({ frequencyHz: PHONE_HZ, codecs: [codec] });
    phones.push(phone);
    return phone;
  };

  describe.each(CODECS)('with $codec in the browser', ({ policy, codec, phone: phoneCodec, lines }) => {
    if (lines) {
      it('hears itself on the echo line', async () => {
        gateway = await startGateway({ calls: { codec: policy } });
        const softphone = await Softphone.open(await browser.newPage(), gateway.url);
        await softphone.call('echo');
        await softphone.reaches('connected');
        await softphone.hears(BROWSER_HZ);
        expect((await softphone.codec()).toLowerCase()).toBe(codec.toLowerCase());
        await softphone.hangUp();
        await lineHears(gateway, 'echo');
      });

      it('hears music', async () => {
        gateway = await startGateway({ calls: { codec: policy } });
        const softphone = await Softphone.open(await browser.newPage(), gateway.url);
        await softphone.call('music');
        await softphone.reaches('connected');
        const heard = await softphone.record(MELODY_SECONDS);
        for (const note of new Set(MELODY_HZ)) expect(toneMs(heard, note), `${note} Hz`).toBeGreaterThan(100);
        await softphone.hangUp();
        await lineHears(gateway, 'music');
      });
    }

    it.skipIf(lacks('baresip'))('calls a phone: tones and digits pass both ways', async () => {
      const phone = await startPhone(phoneCodec);
      gateway = await startGateway({
        calls: { codec: policy },
        routes: [{ match: 'desk', to: phone.uri }],
      });
      const softphone = await Softphone.open(await browser.newPage(), gateway.url);
      await softphone.call('desk');
      await softphone.reaches('connected');
      await Promise.all([softphone.hears(PHONE_HZ), phoneHears(phone, BROWSER_HZ)]);
      expect((await softphone.codec()).toLowerCase()).toBe(codec.toLowerCase());

      await softphone.collectDigits();
      await softphone.press('159#');
      await until('digits at the phone', () => (phone.digits() === '159#' ? true : undefined));
      phone.sendDigits('42');
      await softphone.hearsDigits('42');

      await softphone.hangUp();
      await phone.waitFor('CALL_CLOSED');
    });

    it.skipIf(lacks('baresip'))('is called by a phone: tones and digits pass both ways', async () => {
      gateway = await startGateway({ calls: { codec: policy } });
      const softphone = await Softphone.open(await browser.newPage(), gateway.url);
      const phone = await startPhone(phoneCodec);
      phone.dial(await softphone.waitForCalls());
      await softphone.accept();
      await phone.waitFor('CALL_ESTABLISHED');
      await softphone.reaches('connected');
      await Promise.all([softphone.hears(PHONE_HZ), phoneHears(phone, BROWSER_HZ)]);

      await softphone.collectDigits();
      phone.sendDigits('42');
      await softphone.hearsDigits('42');
      await softphone.press('7');
      await until('a digit at the phone', () => (phone.digits() === '7' ? true : undefined));

      phone.hangUp();
      await softphone.reaches('ended');
    });
  });
});
