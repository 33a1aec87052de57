import type { TransportAddress } from '@earshot/base';
import type { MediaEvent } from '@earshot/calls';
import { expect, it } from 'vitest';
import { readAnswer } from '../../../packages/webrtc/src/testing/checks.js';
import { GATEWAY, WIFI } from '../../../packages/webrtc/src/testing/virtual-call.js';
import { Browser, bridgedCall } from './ends.js';
import { legMedia, PCMA, World } from './world.js';

const media = legMedia([PCMA]);
const frame = new Uint8Array(160);
const V4: TransportAddress = { address: GATEWAY.address, port: GATEWAY.port };
const V6: TransportAddress = { address: '2001:db8::9', port: GATEWAY.port };
const BROWSER_V6: TransportAddress = { address: '2001:db8:1::50', port: 50_000 };
const isAt =
  ({ address }: TransportAddress) =>
  (end: TransportAddress): boolean =>
    end.address === address;

/** Where everything that was sent to a browser came from. */
const sourcesTowards = (world: World, to: TransportAddress): string[] => [
  ...new Set(world.network.sent.filter((sent) => isAt(to)(sent.to)).map(({ from }) => from.address)),
];

it('carries a call over IPv6 as over IPv4: everything leaves from the address that was asked', async () => {
  const world = new World(undefined, [V4, V6]);
  const { browser, phone } = await bridgedCall(world, media, media, new Browser(world.network, 0xb00, V6, BROWSER_V6));
  world.run(1500, () => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  });
  expect([browser.heard.length, phone.heard.length]).toEqual([75, 75]);
  expect(sourcesTowards(world, BROWSER_V6)).toEqual([V6.address]);
  expect(world.story('browser')).toContain('delivered reported');
  const path = { remote: BROWSER_V6, local: V6 };
  expect(world.events).toContainEqual({ type: 'leg.ice', legId: 'browser', state: 'connected', ...path });
  expect(world.events.findLast(({ type, legId }) => type === 'leg.stats' && legId === 'browser')).toMatchObject({
    stats: path,
  });
});

it('moves to another address of ours when the browser chooses it, without losing a packet', async () => {
  const world = new World(undefined, [V4, V6]);
  const { browser, phone } = await bridgedCall(world, media, media);
  const speak = (): void => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  };
  world.run(400, speak);
  browser.reach(V6);
  world.run(1600, speak);
  expect([browser.heard.length, phone.heard.length]).toEqual([100, 100]);
  const moves = world.events.filter(
    (event): event is Extract<MediaEvent, { type: 'leg.ice' }> => event.type === 'leg.ice',
  );
  expect(moves.map(({ state, local }) => `${state} ${local?.address}`)).toEqual([
    `checking ${V4.address}`,
    `connected ${V4.address}`,
    `connected ${V6.address}`,
  ]);
  expect(world.story('browser').filter((line) => line === 'dtls connected')).toHaveLength(1);
});

it('sends nothing from an address that is gone, and goes on when it is back', async () => {
  const world = new World(undefined, [V4, V6]);
  const { browser, phone } = await bridgedCall(world, media, media);
  const speak = (): void => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  };
  world.run(400, speak);
  const [gone] = world.browserSockets;
  if (gone !== undefined) world.browserPort.close(gone);
  const sent = world.network.sent.filter((each) => isAt(WIFI)(each.to)).length;
  world.run(1000, speak);
  expect(world.network.sent.filter((each) => isAt(WIFI)(each.to)).length).toBe(sent);
  world.listen(V4);
  world.run(1000, speak);
  const [heardByBrowser, heardByPhone] = [browser.heard.length, phone.heard.length];
  world.run(400, speak);
  expect(browser.heard.length - heardByBrowser).toBe(20);
  expect(phone.heard.length - heardByPhone).toBe(20);
  expect(world.story('browser')).not.toContain('ice lost');
});

it('answers a relay on this machine, and tells the browser behind it how it is known outside', async () => {
  const inner: TransportAddress = { address: '10.0.0.5', port: GATEWAY.port };
  const relayed: TransportAddress = { address: inner.address, port: 45_000 };
  const world = new World(undefined, [inner]);
  world.browserPort.setOuterAddresses([[inner.address, '203.0.113.1']]);
  const { browser, phone } = await bridgedCall(world, media, media, new Browser(world.network, 0xb00, inner, relayed));
  world.run(400, () => {
    browser.speak(8, frame);
    phone.speak(8, frame);
  });
  expect(browser.heard.length).toBe(20);
  expect(browser.ice.mapped).toEqual({ address: '203.0.113.1', port: relayed.port });
  expect(world.events).toContainEqual(expect.objectContaining({ type: 'leg.check', from: relayed, local: inner }));
});

it('takes a check from the very address it came to: a relay may have the same one', async () => {
  const world = new World(undefined, [V4]);
  const relayed = { ...V4, port: 45_001 };
  const browser = new Browser(world.network, 0xb00, V4, relayed);
  await bridgedCall(world, media, media, browser);
  expect(browser.isReady).toBe(true);
  const answers = world.network.sent.filter(({ to }) => to.port === relayed.port && isAt(relayed)(to));
  expect(readAnswer(answers[0]?.datagram ?? new Uint8Array())).toMatchObject({ class: 'success', mapped: relayed });
});
