import { expect, it } from 'vitest';
import { G711Encoder } from './codecs/g711.js';
import { OutgoingStream } from './outgoing-stream.js';
import { RtpPacketizer } from './packetizer.js';
import { Collector } from './testing/collector.js';
import { OPUS, PCMA } from './testing/legs.js';

it('builds packets of one stream: sequence, timestamp by duration, marker on the first', () => {
  const collector = new Collector();
  const stream = new OutgoingStream(0xabcd, 0xffff, 0xffffff00);
  const packetizer = new RtpPacketizer(stream, PCMA, collector);
  const payload = new Uint8Array(160).fill(0xd5);
  for (let n = 0; n < 3; n += 1) expect(packetizer.send(payload, 0, 160, 20, n * 20)).toBe(true);
  expect(collector.sequences).toEqual([0xffff, 0, 1]);
  expect(collector.timestamps).toEqual([0xffffff00, 0xffffffa0, 0x40]);
  expect(collector.packets.map(({ marker }) => marker)).toEqual([true, false, false]);
  expect(collector.packets.every(({ ssrc, payloadType }) => ssrc === 0xabcd && payloadType === 8)).toBe(true);
  expect(collector.packets[2]?.payload).toEqual(payload);
  expect([stream.packets, stream.octets]).toEqual([3, 480]);
});

it('marks the packet after a pause and moves its timestamp on', () => {
  const collector = new Collector();
  const packetizer = new RtpPacketizer(new OutgoingStream(1, 0, 0), OPUS, collector);
  packetizer.send(new Uint8Array(30), 0, 30, 20, 0);
  packetizer.silence(100, 20);
  packetizer.send(new Uint8Array(30), 0, 30, 20, 120);
  packetizer.resync();
  packetizer.send(new Uint8Array(30), 0, 30, 20, 620);
  expect(collector.timestamps).toEqual([0, 120 * 48, 620 * 48]);
  expect(collector.sequences).toEqual([0, 1, 2]);
  expect(collector.packets.map(({ marker }) => marker)).toEqual([true, true, true]);
});

it('encodes PCM straight into the packet', () => {
  const collector = new Collector();
  const packetizer = new RtpPacketizer(new OutgoingStream(1, 0, 0), PCMA, collector);
  expect(packetizer.sendPcm(new G711Encoder('PCMA'), new Int16Array(160), 0, 160, 0)).toBe(true);
  expect(collector.packets[0]?.payload).toEqual(new Uint8Array(160).fill(0xd5));
});

it('refuses what does not fit a packet', () => {
  const collector = new Collector();
  const packetizer = new RtpPacketizer(new OutgoingStream(1, 0, 0), PCMA, collector);
  expect(packetizer.send(new Uint8Array(1600), 0, 1600, 200, 0)).toBe(false);
  expect(packetizer.sendPcm(new G711Encoder('PCMA'), new Int16Array(1600), 0, 1600, 0)).toBe(false);
  expect(collector.packets).toEqual([]);
});
