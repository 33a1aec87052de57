import { expect, it } from 'vitest';
import { SECOND } from '../../../packages/webrtc/src/testing/checks.js';
import { CELLULAR, GATEWAY, WIFI } from '../../../packages/webrtc/src/testing/virtual-call.js';
import { bridgedCall, PHONE, Phone } from './ends.js';
import { legMedia, PCMA, World } from './world.js';

const media = legMedia([PCMA]);
const NAT = { address: '203.0.113.77', port: 31_000 };
const STRANGER = { address: '203.0.113.66', port: 6666 };
const frame = (step: number): Uint8Array => new Uint8Array(160).fill(step);

it('follows a phone behind NAT once it keeps sending, and never a third address', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  const gateway = world.sockets[0]?.local ?? GATEWAY;
  const nat = new Phone(world.network, NAT, gateway, 0x700);
  world.run(100, (step) => {
    browser.speak(8, frame(step));
    nat.speak(8, frame(step));
  });
  expect(browser.heard.length).toBe(3);
  world.run(100, (step) => browser.speak(8, frame(step)));
  expect(nat.heard.length).toBeGreaterThan(5);
  expect(phone.heard.length).toBeLessThan(5);
  const stranger = new Phone(world.network, STRANGER, gateway, 0x700);
  const before = browser.heard.length;
  world.run(400, (step) => stranger.speak(8, frame(step)));
  expect(browser.heard.length).toBe(before);
  expect(stranger.heard).toEqual([]);
});

it('hears the signalled address alone once it has spoken, whatever a stranger sends', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  const stranger = new Phone(world.network, STRANGER, world.sockets[0]?.local ?? GATEWAY, phone.stream.ssrc);
  world.run(400, (step) => {
    if (step > 0) stranger.speak(8, frame(200));
    phone.speak(8, frame(step));
    browser.speak(8, frame(step));
  });
  expect(browser.heard.length).toBe(20);
  expect(browser.heard.every(({ payload }) => payload[0] !== 200)).toBe(true);
  expect(stranger.heard).toEqual([]);
  expect(stranger.rtcpHeard).toBe(0);
});

it('lets the signalled phone take over from whoever spoke first', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  const early = new Phone(world.network, STRANGER, world.sockets[0]?.local ?? GATEWAY, 0x666);
  world.run(200, (step) => early.speak(8, frame(step)));
  const intruded = browser.heard.length;
  world.run(200, (step) => {
    phone.speak(8, frame(step));
    browser.speak(8, frame(step));
    early.speak(8, frame(step));
  });
  expect(browser.heard.length - intruded).toBe(10);
  expect(phone.heard.length).toBe(10);
});

it('ignores payload types that were not negotiated, and RTCP from other hosts', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  world.run(100, (step) => phone.speak(77, frame(step)));
  expect(browser.heard).toEqual([]);
  expect(world.story('phone')).toEqual(['rtp.opened']);
  const stranger = new Phone(world.network, STRANGER, world.sockets[0]?.local ?? GATEWAY, 0x666);
  world.run(1500, (step) => {
    browser.speak(8, frame(step));
    stranger.report();
  });
  expect(world.story('phone')).toEqual(['rtp.opened']);
});

it('learns the remote anew after a re-INVITE with another address', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  world.run(100, (step) => phone.speak(8, frame(step)));
  const moved = new Phone(world.network, { address: PHONE.address, port: 7100 }, world.sockets[0]?.local ?? GATEWAY, 2);
  const remote = { rtp: moved.address, rtcp: moved.rtcpAddress };
  world.worker.handle({ type: 'rtp.remote', legId: 'phone', remote, media });
  world.run(100, (step) => {
    moved.speak(8, frame(step));
    browser.speak(8, frame(step));
  });
  expect(browser.heard.length).toBe(10);
  expect(moved.heard.length).toBe(5);
  // What passes between other addresses is to be proved afresh.
  expect(world.story('phone').filter((line) => line.startsWith('received'))).toHaveLength(2);
});

it('drops what reaches the browser port from an address that no check has validated', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  world.run(100, (step) => browser.speak(8, frame(step)));
  const heard = phone.heard.length;
  const captured = world.network.sent.filter(({ from, to }) => from === WIFI && to === GATEWAY).slice(-3);
  for (const { datagram } of captured) world.network.send(datagram, STRANGER, GATEWAY);
  for (const { datagram } of captured) world.network.send(datagram, WIFI, GATEWAY);
  const forged = captured[0]?.datagram.slice() ?? new Uint8Array();
  forged[3] = 0xf0;
  world.network.send(forged, WIFI, GATEWAY);
  world.run(100);
  expect(phone.heard.length).toBe(heard);
  world.run(1100);
  expect(world.network.sent.some(({ to }) => to === STRANGER)).toBe(false);
  const last = world.events.findLast((event) => event.type === 'leg.stats' && event.legId === 'browser');
  expect(last).toMatchObject({ stats: { srtpReplays: 3, srtpAuthFailures: 1 } });
});

it('moves to another network on an ICE restart without losing a packet', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  const speak = (step: number): void => {
    browser.speak(8, frame(step));
    phone.speak(8, frame(step));
  };
  world.run(200, speak);
  world.worker.handle({ type: 'webrtc.restart', legId: 'browser', ice: SECOND });
  browser.move(SECOND, CELLULAR);
  world.run(600, speak);
  expect(phone.heard.length).toBe(40);
  expect(browser.heard.length).toBe(40);
  const local = { address: GATEWAY.address, port: GATEWAY.port };
  expect(world.events).toContainEqual({
    type: 'leg.ice',
    legId: 'browser',
    state: 'connected',
    remote: CELLULAR,
    local,
  });
  expect(world.story('browser').filter((line) => line === 'dtls connected').length).toBe(1);
});
