import { fromHex } from '@earshot/base';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildRtcp, isRtcp, parseRtcp, type ReportBlock } from './compound.js';
import { fromNtp, middleOfNtp, toNtp } from './ntp.js';

const block: ReportBlock = {
  ssrc: 0x01020304,
  fractionLost: 64,
  cumulativeLost: -3,
  highestSequence: 0x0001fffe,
  jitter: 77,
  lastSenderReport: 0xaabbccdd,
  delaySinceLastSenderReport: 0x00018000,
};
const blockBytes = '01020304 40fffffd 0001fffe 0000004d aabbccdd 00018000';

it('builds and parses a receiver report with CNAME, byte for byte', () => {
  const bytes = buildRtcp({ ssrc: 0xdeadbeef, cname: 'ear', reports: [block] });
  const expected = fromHex(
    `81c9 0007 deadbeef ${blockBytes}` + // RR, one block
      '81ca 0003 deadbeef 0103 656172 000000', // SDES: CNAME "ear", end, padding to a word
  );
  expect(bytes).toEqual(expected);
  const parsed = parseRtcp(bytes);
  expect(parsed).toEqual({
    ok: true,
    value: { senders: [], reports: [block], cnames: [{ ssrc: 0xdeadbeef, cname: 'ear' }], goodbyes: [] },
  });
});

it("parses what a socket hands over: node's Buffer at an offset, whose slice is a view", () => {
  const bytes = buildRtcp({ ssrc: 0xdeadbeef, cname: 'ear', reports: [block] });
  const pooled = Buffer.concat([Buffer.alloc(8, 0xff), bytes]).subarray(8);
  expect(parseRtcp(pooled)).toEqual(parseRtcp(bytes));
  expect(pooled).toEqual(Buffer.from(bytes));
});

it('builds and parses a sender report with BYE', () => {
  const sender = { ntp: toNtp(1_700_000_000_500), rtpTimestamp: 0xfffffff0, packets: 1000, octets: 160_000 };
  const bytes = buildRtcp({ ssrc: 7, cname: 'c', sender, reports: [block], bye: true });
  expect(isRtcp(bytes, bytes.length)).toBe(true);
  const parsed = parseRtcp(bytes);
  expect(parsed.ok && parsed.value.senders).toEqual([{ ssrc: 7, ...sender }]);
  expect(parsed.ok && parsed.value.reports).toEqual([block]);
  expect(parsed.ok && parsed.value.goodbyes).toEqual([7]);
});

it('reads reports with profile extensions and padding, and passes over types it does not know', () => {
  const extended = fromHex(
    `81c9 0008 deadbeef ${blockBytes} 11223344` + // RR with a profile-specific word
      '8fce 0002 deadbeef 00000001' + // PSFB with an unknown format
      'a1cb 0002 deadbeef 00000004', // BYE, padded
  );
  const parsed = parseRtcp(extended);
  expect(parsed.ok && parsed.value.reports).toEqual([block]);
  expect(parsed.ok && parsed.value.goodbyes).toEqual([0xdeadbeef]);
});

it('names what is wrong', () => {
  const error = (hex: string) => {
    const parsed = parseRtcp(fromHex(hex));
    return parsed.ok ? undefined : parsed.error;
  };
  expect(error('80c90001')).toBe('too-short');
  expect(error('40c90001 00000001')).toBe('version');
  expect(error('80c90002 00000001')).toBe('length');
  expect(error('81c90001 00000001')).toBe('counts');
  expect(error('81ca0002 00000001 01ff6161')).toBe('counts');
  expect(error('a0c90001 00000000')).toBe('length');
  expect(parseRtcp(new Uint8Array(2000))).toEqual({ ok: false, error: 'too-long' });
});

it('never throws, on noise and on damaged reports', () => {
  const good = buildRtcp({ ssrc: 7, cname: 'cname', reports: [block, block], bye: true });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      if (bytes.length > 1) {
        bytes[0] = ((bytes[0] as number) & 0x3f) | 0x80;
        bytes[1] = 200 + ((bytes[1] as number) % 8);
      }
      parseRtcp(bytes);
    }),
    { seed: 6, numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 5 }), fc.nat(8), (edits, cut) => {
      const bytes = good.slice(0, good.length - cut);
      for (const [at, value] of edits) bytes[at] = value;
      parseRtcp(bytes);
    }),
    { seed: 7, numRuns: 3000 },
  );
});

it('tells RTCP from RTP on one port (RFC 5761)', () => {
  expect(isRtcp(fromHex('80c80000'), 4)).toBe(true);
  expect(isRtcp(fromHex('80600000'), 4)).toBe(false);
  expect(isRtcp(fromHex('80e00000'), 4)).toBe(false);
  expect(isRtcp(fromHex('80c8'), 2)).toBe(false);
});

it('converts NTP timestamps', () => {
  const ntp = toNtp(1_700_000_000_250);
  expect(ntp).toEqual({ seconds: 3_908_988_800, fraction: 0x40000000 });
  expect(fromNtp(ntp)).toBe(1_700_000_000_250);
  expect(middleOfNtp(ntp)).toBe((((3_908_988_800 & 0xffff) << 16) | 0x4000) >>> 0);
});
