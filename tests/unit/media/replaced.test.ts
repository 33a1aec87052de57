import { decodeG711 } from '@earshot/rtp';
import { describe, expect, it } from 'vitest';
import { BROWSER, SECOND } from '../../../packages/webrtc/src/testing/checks.js';
import { browserCertificate, CELLULAR, GATEWAY } from '../../../packages/webrtc/src/testing/virtual-call.js';
import { Browser, bridgedCall, type Heard, Phone } from './ends.js';
import { legMedia, PCMA, PCMU, World } from './world.js';

const media = legMedia([PCMA]);
const loud = new Uint8Array(160).fill(0x2a);
const fingerprints = [{ algorithm: 'sha-256', value: browserCertificate.fingerprint }];

const isLoud = ({ payload }: Heard): boolean => {
  const pcm = new Int16Array(160);
  decodeG711('PCMA', payload, 0, 160, pcm, 0);
  return Math.max(...pcm.map(Math.abs)) > 1000;
};

/** One stream: numbers without a gap, timestamps that go by the time that went by. */
function expectOneStream(heard: readonly Heard[], ms: number): void {
  for (const [index, packet] of heard.entries()) {
    const previous = heard[index - 1];
    if (previous === undefined) continue;
    expect(packet.ssrc).toBe(previous.ssrc);
    expect((packet.sequence - previous.sequence) & 0xffff).toBe(1);
    expect((packet.timestamp - previous.timestamp) | 0).toBeGreaterThan(0);
  }
  const elapsed = ((heard.at(-1)?.timestamp ?? 0) - (heard[0]?.timestamp ?? 0)) >>> 0;
  expect(Math.abs(elapsed - ms * 8)).toBeLessThan(100 * 8);
}

describe('a leg whose place another takes', () => {
  it('a page loaded anew: the phone hears comfort noise until it speaks, all of it in one stream', async () => {
    const { world, browser, phone } = await bridgedCall(new World(), media, media);
    const { worker, network } = world;
    world.run(400, () => {
      browser.speak(8, loud);
      phone.speak(8, loud);
    });
    const before = phone.heard.length;
    worker.handle({ type: 'webrtc.open', callId: 'call', legId: 'anew', ice: SECOND });
    worker.handle({ type: 'webrtc.remote', legId: 'anew', remote: { ice: BROWSER, fingerprints }, media });
    worker.handle({ type: 'bridge', legIds: ['anew', 'phone'] });
    worker.handle({ type: 'close', legId: 'browser' });
    world.run(2_000);
    const noise = phone.heard.slice(before);
    expect(noise.length).toBeGreaterThan(85);
    expect(noise.some(isLoud)).toBe(false);

    const anew = new Browser(network, 0xc00, GATEWAY, CELLULAR, SECOND);
    world.run(200);
    expect(anew.isReady).toBe(true);
    const spokeFrom = phone.heard.length;
    world.run(400, () => {
      anew.speak(8, loud);
      phone.speak(8, loud);
    });
    expect(phone.heard.slice(spokeFrom).filter(isLoud).length).toBe(20);
    expect(anew.heard.length).toBe(20);
    expectOneStream(phone.heard, 3_000);
    expect(world.closed).toEqual(['browser']);
    expect(worker.legs).toBe(2);
  });

  it('a phone: the far end goes on in the stream that it has, whatever the phone speaks', async () => {
    const { world, browser, phone } = await bridgedCall(new World(), media, media);
    const { worker, network } = world;
    world.run(400, () => browser.speak(8, loud));
    world.run(1_000);
    const place = { address: '198.51.100.30', port: 7100 };
    const gateway = await world.openRtp('mobile');
    const mobile = new Phone(network, place, gateway, 0x600);
    const remote = { rtp: mobile.address, rtcp: mobile.rtcpAddress };
    worker.handle({ type: 'rtp.remote', legId: 'mobile', remote, media: legMedia([PCMU]) });
    worker.handle({ type: 'bridge', legIds: ['mobile', 'phone'] });
    worker.handle({ type: 'close', legId: 'browser' });
    const before = phone.heard.length;
    world.run(1_000, () => {
      mobile.speak(0, loud);
      phone.speak(8, loud);
    });
    const heard = phone.heard.slice(before);
    // Behind the last of the noise, which was on its way.
    expect(heard.filter(isLoud).length).toBe(50);
    expect(heard.length).toBeLessThan(53);
    expect(new Set(heard.map(({ payloadType }) => payloadType))).toEqual(new Set([8]));
    expect(mobile.heard.length).toBe(50);
    expect(new Set(mobile.heard.map(({ payloadType }) => payloadType))).toEqual(new Set([0]));
    expectOneStream(phone.heard, 2_400);
    expect(worker.legs).toBe(2);
  });
});
