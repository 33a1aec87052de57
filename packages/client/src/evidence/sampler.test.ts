import { parseClientFrame } from '@earshot/signaling/schema';
import { expect, it } from 'vitest';
import { PhoneScene } from '../testing/scene.js';

/** Milliseconds between the samples from one time of the call to another. */
const paces = (scene: PhoneScene, from: number, to = Infinity): readonly number[] => {
  const times = scene.samples.map(({ atMs }) => atMs).filter((atMs) => atMs >= from && atMs <= to);
  return times.slice(1).map((atMs, index) => Math.round((atMs - (times[index] ?? 0)) / 500) * 500);
};

it('takes a sample at once, one a second while the call is young, and one every other second while all is calm', async () => {
  const scene = await PhoneScene.connected();
  await scene.call();
  await scene.talk(60_000);
  expect(scene.samples[0]).toMatchObject({ atMs: 0, ms: 0 });
  expect(new Set(paces(scene, 500, 30_000))).toEqual(new Set([1_000]));
  expect(new Set(paces(scene, 33_000))).toEqual(new Set([2_000]));
});

it.each([
  [
    'loss',
    (counts: Record<string, number>) => {
      counts.packetsLost = (counts.packetsLost ?? 0) + 1;
    },
  ],
  [
    'made-up sound',
    (counts: Record<string, number>) => {
      counts.concealed = (counts.concealed ?? 0) + 48;
    },
  ],
  [
    'a microphone without energy',
    (counts: Record<string, number>) => {
      counts.micEnergy = 1;
    },
  ],
  [
    'a far end without energy',
    (counts: Record<string, number>) => {
      counts.energy = 1;
    },
  ],
])('looks closely again as soon as there is %s', async (_what, change) => {
  const scene = await PhoneScene.connected();
  await scene.call();
  await scene.talk(60_000);
  const before = scene.browser.clock;
  const start = before - 1_000_010;
  await scene.talk(12_000, change);
  // It takes up to two intervals until energy stands still for a whole one.
  expect(
    paces(scene, start + 2_000)
      .slice(1)
      .every((pace) => pace === 1_000),
  ).toBe(true);
  expect(paces(scene, start + 2_000).length).toBeGreaterThan(3);
});

it('looks closely after a change, and is calm again ten seconds later', async () => {
  const scene = await PhoneScene.connected();
  const call = await scene.call();
  await scene.talk(60_000);
  call.mute();
  await scene.talk(9_000);
  expect(new Set(paces(scene, 61_500))).toEqual(new Set([1_000]));
  await scene.talk(20_000);
  expect(new Set(paces(scene, 75_000))).toEqual(new Set([2_000]));
});

it('sends the growth of the interval with the digits that matter, and no zeros that say nothing', async () => {
  const scene = await PhoneScene.connected();
  await scene.call();
  await scene.talk(10_000, (counts) => {
    counts.micEnergy = (counts.micEnergy ?? 0) + 1.23456e-10;
  });
  const { atMs: _atMs, ...sample } = scene.samples.at(-2) ?? { atMs: 0 };
  expect(sample).toEqual({
    ms: 1_000,
    packetsReceived: 50,
    bytesReceived: 8_000,
    packetsLost: 0,
    jitterMs: 4.2,
    samplesReceived: 48_000,
    concealedSamples: 0,
    jitterBufferMs: 60.1,
    remoteEnergy: 0.01235,
    remoteSeconds: 1,
    decoder: 'opus',
    packetsSent: 50,
    bytesSent: 50,
    targetBitrate: 32_000,
    micEnergy: 1.235e-9,
    micSeconds: 1,
    pairRoundTripMs: 2,
    checksSent: 1,
    checksAnswered: 1,
    availableBitrate: 300_000,
    transportBytesSent: 48_000,
    transportBytesReceived: 48_000,
    dtlsState: 'connected',
  });
});

it('asks for one report a turn, whoever wants figures', async () => {
  const scene = await PhoneScene.connected();
  const call = await scene.call();
  call.on('stats', () => undefined);
  await scene.talk(30_000);
  const before = scene.peer.reports;
  await scene.talk(10_000);
  expect(scene.peer.reports - before).toBe(20);
});

it('says how late a report was, that the page stood still, and that it is hidden', async () => {
  const scene = await PhoneScene.connected();
  await scene.call();
  await scene.talk(5_000);
  scene.browser.hidden = true;
  // The machine sleeps: no timer runs, and the clock goes on.
  scene.browser.clock += 7_000;
  await scene.talk(4_000);
  expect(scene.said('client.stalled')).toEqual([{ lateMs: expect.any(Number) }]);
  const late = scene.samples.filter(({ lateMs }) => lateMs !== undefined);
  expect(late).toMatchObject([{ hidden: true }]);
  expect(late[0]?.lateMs).toBeGreaterThan(6_000);
  expect(scene.samples.at(-1)?.hidden).toBe(true);
});

it('takes the last sample when the call ends, before the microphone and the path are let go', async () => {
  const scene = await PhoneScene.connected();
  const call = await scene.call();
  await scene.talk(10_300);
  const track = scene.browser.streams[0]?.tracks[0];
  const before = scene.samples.length;
  const { peer } = scene;
  const getStats = peer.getStats.bind(peer);
  let state = '';
  peer.getStats = () => {
    state = `${peer.closed} ${track?.stopped}`;
    return getStats();
  };
  call.hangUp();
  await scene.browser.run(10);
  expect(state).toBe('false false');
  expect(`${peer.closed} ${track?.stopped}`).toBe('true true');
  expect(scene.samples.length - before).toBeGreaterThanOrEqual(1);
  expect(scene.samples.at(-1)).toMatchObject({ atMs: scene.browser.clock - 1_000_010 - 10 });
});

it('lets go within a quarter of a second where the browser gives no last report', async () => {
  const scene = await PhoneScene.connected();
  const call = await scene.call();
  await scene.talk(1_000);
  scene.peer.getStats = () => new Promise(() => undefined);
  call.hangUp();
  expect(call.state).toBe('ended');
  await scene.browser.run(300);
  expect(scene.peer.closed).toBe(true);
  expect(scene.browser.streams[0]?.tracks[0]?.stopped).toBe(true);
});

it('costs less than 2 kB a second over the wire in an hour of talk, and every message is one that the gateway takes', async () => {
  const scene = await PhoneScene.connected();
  await scene.call();
  const before = scene.bytes;
  await scene.talk(3_600_000);
  expect((scene.bytes - before) / 3_600).toBeLessThan(500);
  expect(scene.samples.length).toBeGreaterThan(1_800);
  for (const message of scene.gateway.sent('call.evidence').slice(0, 200)) {
    expect(parseClientFrame(JSON.stringify({ type: 'message', seq: 1, ack: 0, message }))).toMatchObject({ ok: true });
  }
}, 60_000);

it('stays below 2 kB a second though everything is wrong all the time', async () => {
  const scene = await PhoneScene.connected();
  await scene.call();
  await scene.talk(1_000);
  const before = scene.bytes;
  await scene.talk(300_000, (counts) => {
    counts.packetsLost = (counts.packetsLost ?? 0) + 1;
    counts.concealed = (counts.concealed ?? 0) + 487;
  });
  expect((scene.bytes - before) / 300).toBeLessThan(1_000);
});
