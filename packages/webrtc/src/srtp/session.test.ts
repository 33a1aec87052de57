import { equalBytes } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  SRTP_AUTH_FAILED,
  SRTP_MALFORMED,
  SRTP_MAX_OVERHEAD,
  SRTP_MAX_SSRCS,
  SRTP_PROFILES,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_SSRCS,
  type SrtpProfileName,
  SrtpReceiver,
  SrtpSender,
} from './index.js';

const PROFILES: SrtpProfileName[] = ['AES128_CM_HMAC_SHA1_80', 'AEAD_AES_128_GCM'];

function pair(profile: SrtpProfileName): { sender: SrtpSender; receiver: SrtpReceiver } {
  const key = new Uint8Array(16).fill(0x2b);
  const salt = new Uint8Array(SRTP_PROFILES[profile].saltLength).fill(0xa7);
  return {
    sender: new SrtpSender(nodeCrypto, profile, key, salt),
    receiver: new SrtpReceiver(nodeCrypto, profile, key, salt),
  };
}

function rtp(sequence: number, ssrc = 0x01020304, payload = 160): { packet: Uint8Array; length: number } {
  const packet = new Uint8Array(12 + payload + SRTP_MAX_OVERHEAD).fill(sequence & 0xff);
  packet.set([0x80, 8, sequence >> 8, sequence, 0, 0, 0, 0, ssrc >>> 24, ssrc >>> 16, ssrc >>> 8, ssrc]);
  return { packet, length: 12 + payload };
}

function rtcp(ssrc = 0x01020304): { packet: Uint8Array; length: number } {
  const packet = new Uint8Array(28 + SRTP_MAX_OVERHEAD);
  packet.set([0x80, 200, 0, 6, ssrc >>> 24, ssrc >>> 16, ssrc >>> 8, ssrc, 1, 2, 3, 4]);
  return { packet, length: 28 };
}

/** Protects a packet and returns a copy as it would travel. */
function protect(sender: SrtpSender, sequence: number, ssrc?: number, payload?: number): Uint8Array {
  const { packet, length } = rtp(sequence, ssrc, payload);
  return packet.slice(0, sender.protectRtp(packet, length));
}

it.each(PROFILES)('%s carries packets of any size and order across two rollovers', (profile) => {
  const { sender, receiver } = pair(profile);
  const sequences = [65530, 65531, 65533, 65532, 65534, 65535, 0, 1, 65529, 3, 2, 30000, 60000, 20, 19, 25];
  for (const [turn, sequence] of sequences.entries()) {
    const payload = (turn * 37) % 300;
    const travelling = protect(sender, sequence, 7, payload);
    const { packet, length } = rtp(sequence, 7, payload);
    expect(receiver.unprotectRtp(travelling, travelling.length)).toBe(length);
    expect(equalBytes(travelling.subarray(0, length), packet.subarray(0, length))).toBe(true);
  }
});

it.each(PROFILES)('%s keeps sources apart when their packets alternate', (profile) => {
  const { sender, receiver } = pair(profile);
  for (let sequence = 100; sequence < 120; sequence += 1) {
    for (const ssrc of [1, 2]) {
      const travelling = protect(sender, sequence, ssrc);
      expect(receiver.unprotectRtp(travelling, travelling.length)).toBe(172);
      expect(travelling[20]).toBe(sequence);
    }
  }
});

it.each(PROFILES)('%s refuses a replay, and an index before the start', (profile) => {
  const { sender, receiver } = pair(profile);
  const first = protect(sender, 5);
  expect(receiver.unprotectRtp(first.slice(), first.length)).toBe(172);
  expect(receiver.unprotectRtp(first.slice(), first.length)).toBe(SRTP_REPLAYED);
  const before = first.slice();
  before.set([0xff, 0xff], 2);
  expect(receiver.unprotectRtp(before, before.length)).toBe(SRTP_REPLAYED);
});

it.each(PROFILES)('%s never uses an index twice for sending', (profile) => {
  const { sender } = pair(profile);
  const { packet, length } = rtp(9);
  expect(sender.protectRtp(packet.slice(), length)).toBeGreaterThan(length);
  expect(sender.protectRtp(packet.slice(), length)).toBe(SRTP_REPLAYED);
});

it.each(PROFILES)('%s survives 10,000 bad tags without a change', (profile) => {
  const { sender, receiver } = pair(profile);
  const start = protect(sender, 100);
  expect(receiver.unprotectRtp(start, start.length)).toBe(172);
  const genuine = protect(sender, 101);
  const forged = genuine.slice();
  for (let turn = 0; turn < 10_000; turn += 1) {
    forged.set(genuine);
    // Sequence numbers all around the circle and other sources, so that an estimate or a stream would go astray.
    forged[2] = turn & 0xff;
    forged[8] = turn % 3;
    forged[genuine.length - 1] = (genuine[genuine.length - 1] as number) ^ (1 + (turn % 255));
    const before = turn % 500 === 0 ? forged.slice() : undefined;
    expect([SRTP_AUTH_FAILED, SRTP_REPLAYED]).toContain(receiver.unprotectRtp(forged, forged.length));
    if (before !== undefined) expect(equalBytes(before, forged)).toBe(true);
  }
  expect(receiver.unprotectRtp(genuine, genuine.length)).toBe(172);
  for (let ssrc = 1000; ssrc < 1000 + SRTP_MAX_SSRCS - 1; ssrc += 1) {
    const other = protect(sender, 1, ssrc);
    expect(receiver.unprotectRtp(other, other.length)).toBe(172);
  }
});

it.each(PROFILES)('%s bounds the number of sources', (profile) => {
  const { sender, receiver } = pair(profile);
  for (let ssrc = 1; ssrc <= SRTP_MAX_SSRCS; ssrc += 1) {
    const packet = protect(sender, 1, ssrc);
    expect(receiver.unprotectRtp(packet.slice(), packet.length)).toBe(172);
  }
  const { packet, length } = rtp(1, 999);
  expect(sender.protectRtp(packet, length)).toBe(SRTP_TOO_MANY_SSRCS);
  expect(receiver.unprotectRtp(packet, packet.length)).toBe(SRTP_TOO_MANY_SSRCS);
});

it.each(PROFILES)('%s protects RTCP, refuses its replay and its forgery', (profile) => {
  const { sender, receiver } = pair(profile);
  for (let turn = 0; turn < 3; turn += 1) {
    const { packet, length } = rtcp();
    const travelling = packet.slice(0, sender.protectRtcp(packet, length));
    expect(travelling.length).toBe(length + SRTP_PROFILES[profile].tagLength + 4);
    const forged = travelling.slice();
    forged[10] = (forged[10] ?? 0) ^ 0x80;
    expect(receiver.unprotectRtcp(forged, forged.length)).toBe(SRTP_AUTH_FAILED);
    const replayed = travelling.slice();
    expect(receiver.unprotectRtcp(travelling, travelling.length)).toBe(length);
    expect([...travelling.subarray(8, 12)]).toEqual([1, 2, 3, 4]);
    expect(receiver.unprotectRtcp(replayed, replayed.length)).toBe(SRTP_REPLAYED);
  }
});

it('refuses to protect where the tag has no room, or what is not RTP', () => {
  const { sender } = pair('AEAD_AES_128_GCM');
  const { packet, length } = rtp(1);
  expect(sender.protectRtp(packet.subarray(0, length + SRTP_MAX_OVERHEAD - 1), length)).toBe(SRTP_MALFORMED);
  expect(sender.protectRtcp(packet.subarray(0, length), length)).toBe(SRTP_MALFORMED);
  packet[0] = 0x9f; // fifteen CSRCs and an extension of 0x0101 words
  packet.fill(1, 72);
  expect(sender.protectRtp(packet, length)).toBe(SRTP_MALFORMED);
  packet[0] = 0x40;
  expect(sender.protectRtp(packet, length)).toBe(SRTP_MALFORMED);
});

it.each(PROFILES)('%s never throws and never opens arbitrary bytes', (profile) => {
  const { receiver } = pair(profile);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (bytes, shaped) => {
      if (shaped && bytes.length > 0) bytes[0] = 0x80 | ((bytes[0] as number) & 0x3f);
      expect(receiver.unprotectRtp(bytes.slice(), bytes.length)).toBeLessThan(0);
      expect(receiver.unprotectRtcp(bytes.slice(), bytes.length)).toBeLessThan(0);
      expect(receiver.unprotectRtp(bytes, bytes.length + 1)).toBe(SRTP_MALFORMED);
    }),
    { seed: 7714, numRuns: 1000 },
  );
});
