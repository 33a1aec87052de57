import type { LegStats } from '@earshot/calls';
import { decodeG711, G711Encoder, loadOpus, ToneGenerator, tonePresence, writeTelephoneEvent } from '@earshot/rtp';
import { expect, it } from 'vitest';
import { WIFI } from '../../../packages/webrtc/src/testing/virtual-call.js';
import { bridgedCall, type TestCall } from './ends.js';
import { legMedia, OPUS, PCMA, PCMU, World } from './world.js';

const frame = (step: number): Uint8Array => new Uint8Array(160).fill(step);

const statsOf = ({ world }: TestCall, legId: string): LegStats | undefined => {
  const last = world.events.findLast((event) => event.type === 'leg.stats' && event.legId === legId);
  return last?.type === 'leg.stats' ? last.stats : undefined;
};

it('passes one codec through in both directions, each end hearing one continuous stream', async () => {
  const call = await bridgedCall(new World(), legMedia([PCMA], 101), legMedia([{ ...PCMA, payloadType: 18 }], 96));
  const { world, browser, phone } = call;
  world.run(1000, (step) => {
    browser.speak(8, frame(step));
    phone.speak(18, frame(100 + step));
  });
  for (const [end, payloadType, first] of [
    [phone, 18, 0],
    [browser, 8, 100],
  ] as const) {
    expect(end.heard.length).toBe(50);
    expect(new Set(end.heard.map(({ ssrc }) => ssrc)).size).toBe(1);
    for (const [index, packet] of end.heard.entries()) {
      expect(packet.payloadType).toBe(payloadType);
      expect([...packet.payload]).toEqual([...frame(first + index)]);
      expect((packet.sequence - (end.heard[0]?.sequence ?? 0)) & 0xffff).toBe(index);
      expect((packet.timestamp - (end.heard[0]?.timestamp ?? 0)) >>> 0).toBe(index * 160);
    }
  }
  expect(phone.heard[0]?.ssrc).not.toBe(0xb00);
});

it('tells the story of a call, its figures, and the end', async () => {
  const call = await bridgedCall(new World(), legMedia([PCMU]), legMedia([PCMU]));
  const { world, browser, phone } = call;
  world.run(2400, (step) => {
    browser.speak(0, frame(step));
    phone.speak(0, frame(step));
  });
  expect(world.story('browser')).toEqual([
    'ice checking',
    'ice connected',
    'dtls connected',
    'received',
    'delivered reported',
  ]);
  const flights = world.events.flatMap((event) => (event.type === 'leg.flight' ? [event.flight] : []));
  expect(flights).toEqual([1, 4, 5, 6]);
  expect(world.events).toContainEqual(
    expect.objectContaining({ type: 'leg.check', outcome: 'nominating', from: WIFI }),
  );
  expect(world.events.find(({ type }) => type === 'leg.dtls')).toMatchObject({ profile: 'AES128_CM_HMAC_SHA1_80' });
  expect(world.story('phone')).toEqual(['rtp.opened', 'received', 'delivered reported']);
  const figures = { codec: 'PCMU', packetsLost: 0, srtpAuthFailures: 0, srtpReplays: 0, remotePacketsLost: 0 };
  expect(statsOf(call, 'browser')).toMatchObject(figures);
  expect(statsOf(call, 'browser')?.roundTripMs).toBeLessThan(40);
  expect(statsOf(call, 'phone')?.bytesReceived).toBe((statsOf(call, 'phone')?.packetsReceived ?? 0) * 160);
  expect(phone.rtcpHeard).toBeGreaterThan(0);
  world.worker.handle({ type: 'close', legId: 'browser' });
  world.worker.handle({ type: 'close', legId: 'browser' });
  world.worker.handle({ type: 'close', legId: 'phone' });
  expect(world.closed).toEqual(['browser', 'phone']);
  expect(statsOf(call, 'phone')?.packetsSent).toBe(120);
  expect(world.worker.legs).toBe(0);
  const heardBefore = phone.heard.length;
  world.run(200, (step) => browser.speak(0, frame(step)));
  expect(phone.heard.length).toBe(heardBefore);
});

it('transcodes Opus and PCMA, each side hearing the tone of the other', async () => {
  const opus = await loadOpus();
  const media = [legMedia([OPUS], 110, 48000), legMedia([PCMA], 101)] as const;
  const { world, browser, phone } = await bridgedCall(new World(opus), ...media);
  const pcm = new Int16Array(960);
  const coded = new Uint8Array(1275);
  const opusEncoder = opus.encoder(8000);
  const pcmaEncoder = new G711Encoder('PCMA');
  const [up, down] = [new ToneGenerator(440), new ToneGenerator(1000)];
  world.run(1000, () => {
    up.fill(pcm, 0, 160);
    browser.speak(111, coded.slice(0, opusEncoder.encode(pcm, 0, 160, coded, 0)), 960);
    down.fill(pcm, 0, 160);
    phone.speak(8, coded.slice(0, pcmaEncoder.encode(pcm, 0, 160, coded, 0)));
  });

  const atPhone = new Int16Array(phone.heard.length * 160);
  for (const [index, { payload }] of phone.heard.entries()) {
    expect(payload.length).toBe(160);
    decodeG711('PCMA', payload, 0, 160, atPhone, index * 160);
  }
  expect(tonePresence(atPhone, 440, 8000, 1600, 3200)).toBeGreaterThan(0.9);
  expect(tonePresence(atPhone, 1000, 8000, 1600, 3200)).toBeLessThan(0.05);

  const decoder = opus.decoder(8000);
  const atBrowser = new Int16Array(8000 * 2);
  let samples = 0;
  for (const { payload, payloadType } of browser.heard) {
    expect(payloadType).toBe(111);
    samples += decoder.decode(payload, 0, payload.length, atBrowser, samples);
  }
  expect(tonePresence(atBrowser, 1000, 8000, 1600, 3200)).toBeGreaterThan(0.9);
  decoder.free();
  opusEncoder.free();
});

it('relays a digit with its payload type and clock, and reports it once', async () => {
  const media = [legMedia([PCMA], 110, 48000), legMedia([PCMA], 101)] as const;
  const { world, browser, phone } = await bridgedCall(new World(), ...media);
  const event = new Uint8Array(4);
  world.run(100, (step) => browser.speak(8, frame(step)));
  for (const [duration, ends] of [
    [960, false],
    [1920, false],
    [2880, true],
    [2880, true],
    [2880, true],
  ] as const) {
    writeTelephoneEvent(event, 0, 5, ends, 10, duration);
    browser.speak(110, event, 0);
    world.run(20);
  }
  world.run(200, (step) => browser.speak(8, frame(step)));
  expect(world.story('browser').filter((line) => line.startsWith('dtmf'))).toEqual(['dtmf 5']);
  const relayed = phone.heard.filter(({ payloadType }) => payloadType === 101);
  expect(relayed.length).toBeGreaterThanOrEqual(5);
  expect([...(relayed.at(-1)?.payload ?? [])]).toEqual([5, 0x80 | 10, 480 >> 8, 480 & 0xff]);
});
