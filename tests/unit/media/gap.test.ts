import { decodeG711 } from '@earshot/rtp';
import { expect, it } from 'vitest';
import { WIFI } from '../../../packages/webrtc/src/testing/virtual-call.js';
import { bridgedCall, type Heard } from './ends.js';
import { legMedia, PCMA, World } from './world.js';

const media = legMedia([PCMA]);
const loud = new Uint8Array(160).fill(0x2a);

const loudest = ({ payload }: Heard): number => {
  const pcm = new Int16Array(160);
  decodeG711('PCMA', payload, 0, 160, pcm, 0);
  return Math.max(...pcm.map(Math.abs));
};

it('gives the phone comfort noise while the browser is lost, in one unbroken stream', async () => {
  const { world, browser, phone } = await bridgedCall(new World(), media, media);
  world.run(400, () => browser.speak(8, loud));
  expect(phone.heard.length).toBe(20);
  world.network.cut(WIFI);
  world.run(20_000);
  expect(world.story('browser')).toContain('ice lost');
  const noise = phone.heard.slice(20);
  expect(noise.length).toBeGreaterThan(980);
  expect(Math.max(...noise.map(loudest))).toBeLessThan(200);
  world.network.mend(WIFI);
  world.run(2000);
  browser.skip(22_000 / 20);
  const before = phone.heard.length;
  world.run(400, () => browser.speak(8, loud));
  const again = phone.heard.slice(before).filter((packet) => loudest(packet) > 1000);
  expect(again.length).toBe(20);
  for (const [index, packet] of phone.heard.entries()) {
    const previous = phone.heard[index - 1];
    if (previous === undefined) continue;
    expect(packet.ssrc).toBe(previous.ssrc);
    expect((packet.sequence - previous.sequence) & 0xffff).toBe(1);
    expect((packet.timestamp - previous.timestamp) | 0).toBeGreaterThan(0);
  }
  const [first, last] = [phone.heard[0], phone.heard.at(-1)];
  const elapsed = ((last?.timestamp ?? 0) - (first?.timestamp ?? 0)) >>> 0;
  expect(Math.abs(elapsed - 22_780 * 8)).toBeLessThan(1600);
});

it('stays quiet towards a phone that put the call on hold, and before the browser ever spoke', async () => {
  const world = new World();
  const { browser, phone } = await bridgedCall(world, media, { ...media, direction: 'inactive' });
  world.run(400, () => browser.speak(8, loud));
  world.run(1000);
  expect(phone.heard).toEqual([]);
  const quiet = await bridgedCall(new World(), media, media);
  quiet.world.run(1000);
  expect(quiet.phone.heard).toEqual([]);
});
