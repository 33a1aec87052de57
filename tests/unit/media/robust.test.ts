import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GATEWAY, WIFI } from '../../../packages/webrtc/src/testing/virtual-call.js';
import { bridgedCall, PHONE } from './ends.js';
import { legMedia, PCMA, World } from './world.js';

const media = legMedia([PCMA], 101);
const frame = new Uint8Array(160);

/** Bytes that get past the first look: STUN, DTLS, RTP and RTCP by their first bytes (RFC 7983). */
const datagram = fc
  .tuple(
    fc.constantFrom(undefined, 0, 22, 0x80, 0x90, 0xb0, 0x81),
    fc.constantFrom(undefined, 8, 101, 200, 201),
    fc.uint8Array({ maxLength: 80 }),
  )
  .map(([first, second, bytes]) => {
    if (first !== undefined && bytes.length > 0) bytes[0] = first;
    if (second !== undefined && bytes.length > 1) bytes[1] = second;
    return bytes;
  });

it('survives whatever is thrown at its sockets, and the call goes on', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  const gateway = world.sockets[0]?.local ?? GATEWAY;
  const rtcp = world.sockets[1]?.local ?? GATEWAY;
  const speak = (): void => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  };
  world.run(100, speak);
  fc.assert(
    fc.property(datagram, fc.constantFrom(GATEWAY, gateway, rtcp), fc.constantFrom(WIFI, PHONE), (bytes, to, from) => {
      world.network.send(bytes, from, to);
      world.network.runFor(1);
    }),
    { seed: 3550, numRuns: 2000 },
  );
  const [heardByPhone, heardByBrowser] = [phone.heard.length, browser.heard.length];
  world.run(400, speak);
  expect(phone.heard.length - heardByPhone).toBeGreaterThanOrEqual(20);
  expect(browser.heard.length - heardByBrowser).toBeGreaterThanOrEqual(18);
});

it('ignores commands for legs that are not, or are no more', async () => {
  const world = new World();
  const remote = { rtp: PHONE, rtcp: PHONE };
  const ice = { ufrag: 'gone', pwd: 'gonegonegonegonegonegone' };
  world.worker.handle({ type: 'close', legId: 'none' });
  world.worker.handle({ type: 'bridge', legIds: ['none', 'nobody'] });
  world.worker.handle({ type: 'rtp.remote', legId: 'none', remote, media });
  world.worker.handle({ type: 'webrtc.restart', legId: 'none', ice });
  world.worker.handle({ type: 'webrtc.remote', legId: 'none', remote: { ice, fingerprints: [] }, media });
  world.worker.handle({ type: 'rtp.open', callId: 'call', legId: 'early' });
  world.worker.handle({ type: 'close', legId: 'early' });
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  expect(world.story('early')).toEqual([]);
  expect(world.closed).toEqual(['early']);
  expect(world.worker.legs).toBe(0);
});
