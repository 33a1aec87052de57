import type { TransportAddress } from '@earshot/base';
import type { LegStats } from '@earshot/calls';
import { encodeG711, loadOpus, type OpusLibrary, writeRtpHeader } from '@earshot/rtp';
import { beforeAll, expect, it } from 'vitest';
import { bridgedCall, type TestCall } from './ends.js';
import { legMedia, OPUS, PCMA, PCMU, World } from './world.js';

let opus: OpusLibrary;
beforeAll(async () => {
  opus = await loadOpus();
});

const all = ({ world }: TestCall, legId: string): LegStats[] =>
  world.events.flatMap((event) => (event.type === 'leg.stats' && event.legId === legId ? event.stats : []));
const last = (call: TestCall, legId: string): LegStats | undefined => all(call, legId).at(-1);

/** 20 ms at half of full scale: -6 dBov. */
function loud(): Uint8Array {
  const coded = new Uint8Array(160);
  encodeG711('PCMU', new Int16Array(160).fill(16_384), 0, 160, coded, 0);
  return coded;
}

it('come each second from every leg that is described, whether it receives anything or not', async () => {
  const call = await bridgedCall(new World(), legMedia([PCMU]), legMedia([PCMU]));
  const before = all(call, 'phone').length;
  call.world.run(3_000);
  const figures = all(call, 'phone').slice(before);
  expect(figures.length).toBeGreaterThanOrEqual(2);
  expect(figures.at(-1)).toMatchObject({ packetsReceived: 0, packetsForeign: 0, packetsRefused: 0 });
  expect((figures[1]?.ageMs ?? 0) - (figures[0]?.ageMs ?? 0)).toBe(1_000);
});

it('tell runs of losses and the longest gap, and the level of G.711 without decoding it', async () => {
  const call = await bridgedCall(new World(), legMedia([PCMU]), legMedia([PCMU]));
  const { world, phone, browser } = call;
  world.run(1_500, (step) => {
    browser.speak(0, new Uint8Array(160).fill(0xff));
    // Once three packets in a row, once one.
    if (step === 30) phone.skip(3);
    if (step === 40) phone.skip(1);
    if (step < 50 || step >= 58) phone.speak(0, loud());
  });
  world.worker.handle({ type: 'close', legId: 'phone' });
  const seen = all(call, 'phone');
  expect(seen.at(-1)).toMatchObject({ packetsLost: 4, lossRuns: 2 });
  expect(Math.max(...seen.map(({ longestLoss = 0 }) => longestLoss))).toBe(3);
  expect(Math.max(...seen.map(({ maxGapMs = 0 }) => maxGapMs))).toBe(180);
  // Of its own interval alone.
  expect(seen.map(({ longestLoss }) => longestLoss)).toContain(0);
  const levels = seen.flatMap(({ levelDb }) => levelDb ?? []);
  expect(Math.min(...levels)).toBeCloseTo(-6, 0);
  expect(last(call, 'browser')?.levelDb).toBeLessThan(-70);
});

it('tell the level of Opus only where it is decoded anyway, and what could not be decoded', async () => {
  const encoder = opus.encoder(8000);
  const coded = new Uint8Array(1275);
  const pcm = Int16Array.from({ length: 160 }, (_, index) => 16_384 * Math.sin((2 * Math.PI * 440 * index) / 8000));
  const frame = (): Uint8Array => coded.slice(0, encoder.encode(pcm, 0, 160, coded, 0));
  const call = await bridgedCall(new World(opus), legMedia([OPUS]), legMedia([PCMA]));
  call.world.run(1_200, () => call.browser.speak(111, frame(), 960));
  expect(last(call, 'browser')?.levelDb).toBeGreaterThan(-20);
  expect(last(call, 'browser')?.packetsUndecodable).toBe(0);
  call.world.run(1_200, () => call.browser.speak(111, new Uint8Array(40).fill(0xff), 960));
  expect(last(call, 'browser')?.packetsUndecodable).toBeGreaterThan(10);
  const passed = await bridgedCall(new World(opus), legMedia([OPUS]), legMedia([OPUS]));
  passed.world.run(1_200, () => passed.browser.speak(111, frame(), 960));
  expect(last(passed, 'browser')?.packetsReceived).toBeGreaterThan(10);
  expect(last(passed, 'browser')).not.toHaveProperty('levelDb');
  encoder.free();
});

it('count what was not agreed on', async () => {
  const call = await bridgedCall(new World(), legMedia([PCMU]), legMedia([PCMU]));
  const { world, phone, browser } = call;
  world.run(600, (step) => {
    phone.speak(step % 2 === 0 ? 0 : 96, loud());
    browser.speak(step % 3 === 0 ? 97 : 0, loud());
  });
  world.worker.handle({ type: 'close', legId: 'phone' });
  world.worker.handle({ type: 'close', legId: 'browser' });
  expect(last(call, 'phone')).toMatchObject({ packetsReceived: 15, packetsRefused: 15 });
  expect(last(call, 'browser')).toMatchObject({ packetsReceived: 30, packetsRefused: 10 });
});

it('count what comes from elsewhere, until that is where the phone is', async () => {
  const call = await bridgedCall(new World(), legMedia([PCMU]), legMedia([PCMU]));
  const { world } = call;
  const local = world.sockets[0]?.local;
  if (local === undefined) throw new Error('no socket');
  const send = (from: TransportAddress, sequence: number): void => {
    const packet = new Uint8Array(172);
    writeRtpHeader(packet, 0, 0, false, sequence, sequence * 160, 0xabc);
    world.network.send(packet, from, local);
  };
  const behindNat = { address: '198.51.100.20', port: 7_777 };
  world.run(400, (step) => send(behindNat, step));
  world.run(100, (step) => send({ address: '203.0.113.66', port: 6_666 }, step));
  world.worker.handle({ type: 'close', legId: 'phone' });
  expect(world.events.filter(({ type }) => type === 'leg.moved')).toEqual([
    { type: 'leg.moved', legId: 'phone', remote: behindNat },
  ]);
  expect(last(call, 'phone')).toMatchObject({ packetsReceived: 18, packetsForeign: 2 + 5 });
});

it('are told of a thread that stood still, which is no fault of the network', async () => {
  const { world } = await bridgedCall(new World(), legMedia([PCMU]), legMedia([PCMU]));
  world.run(200);
  expect(world.events.some(({ type }) => type === 'leg.stalled')).toBe(false);
  world.worker.tick(world.network.now + 520);
  const stalls = world.events.flatMap((event) => (event.type === 'leg.stalled' ? event : []));
  expect(stalls.map(({ legId }) => legId).sort()).toEqual(['browser', 'phone']);
  for (const { lateMs } of stalls) expect(lateMs).toBeGreaterThan(450);
});
