import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, launchChromium } from '../harness/chromium.js';
import { type Gateway, startGateway } from '../harness/gateway.js';
import { lacks } from '../harness/peers.js';
import { Softphone } from '../harness/softphone.js';

const BROWSER_HZ = 740;

/** Of the newest connection: whose RTCPeerConnection it is, and the first candidate that the browser has for itself. */
const READ_PEER = `(async () => {
  const peer = globalThis.earshotPeers.at(-1);
  const isOfFrame = !(peer instanceof globalThis.RTCPeerConnection);
  const all = [...(await peer.getStats()).values()];
  const candidates = all.filter(({ type }) => type === 'local-candidate');
  return { isOfFrame, candidates: candidates.map(({ candidateType, address }) => [candidateType, address ?? '']) };
})()`;

describe.skipIf(lacks('chromium'))('a call of a page that leaves RTCPeerConnection alone', () => {
  let browser: Chromium;
  let gateway: Gateway;
  beforeAll(async () => {
    browser = await launchChromium({ microphone: BROWSER_HZ, untouched: true });
    gateway = await startGateway({});
  });
  afterAll(async () => {
    await browser.close();
    await gateway.stop();
  });

  it('is bound to no network, under the strict policy of the page, and heard call after call', async () => {
    const softphone = await Softphone.open(await browser.newPage(), gateway.url);
    for (let call = 0; call < 2; call += 1) {
      await softphone.call('echo');
      await softphone.reaches('connected');
      await softphone.hears(BROWSER_HZ);
      const { isOfFrame, candidates } = (await softphone.page.evaluate(READ_PEER)) as {
        readonly isOfFrame: boolean;
        readonly candidates: readonly (readonly [string, string])[];
      };
      expect(isOfFrame).toBe(true);
      // A name in place of an address: the browser does not say by which network it sends, for it does not choose one.
      const addresses = candidates.flatMap(([type, address]) => (type === 'host' ? [address] : []));
      expect(addresses.filter((address) => /^[\d.]+$/.test(address))).toEqual([]);
      await softphone.page.evaluate('globalThis.earshot.call.hangUp()');
      await softphone.reaches('ended');
    }
    expect(await softphone.page.evaluate(`document.querySelectorAll('iframe').length`)).toBe(1);
  });
});
