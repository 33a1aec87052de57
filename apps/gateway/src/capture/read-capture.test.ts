import { diagnose } from '@earshot/diagnosis';
import type { CallTimeline, LegFigures } from '@earshot/telemetry';
import { describeEntry } from '@earshot/telemetry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Capture, isCapture, readCapture } from './read-capture.js';
import { bytesSource, chunkedSource } from './source.js';
import {
  type End,
  frame,
  pcap,
  pcapng,
  request,
  response,
  rtp,
  sdp,
  type TimedFrame,
  tcp,
  udp,
} from './testing/frames.js';

const T0 = 1_700_000_000_000;
const A: End = ['192.0.2.1', 5060];
const B: End = ['192.0.2.2', 5060];
const A_MEDIA: End = ['192.0.2.1', 4000];
const B_MEDIA: End = ['192.0.2.2', 6000];

const read = (bytes: Uint8Array) => readCapture(bytes.subarray(0, 4), bytesSource(bytes));

function captureOf(bytes: Uint8Array): Capture {
  const capture = read(bytes);
  if (!capture.ok) throw new Error(JSON.stringify(capture.error));
  return capture.value;
}

const at = (ms: number, packet: Uint8Array): TimedFrame => ({ at: T0 + ms, bytes: frame(packet) });
const codesOf = (call: CallTimeline | undefined): string[] =>
  call === undefined ? ['no call'] : diagnose(call).verdicts.map(({ code }) => code);

/** RTP from one end to the other, 50 packets a second. */
const stream = (
  from: End,
  to: End,
  fromMs: number,
  untilMs: number,
  shape: (index: number) => Uint8Array | undefined,
) =>
  Array.from({ length: (untilMs - fromMs) / 20 }, (_, index) => {
    const packet = shape(index);
    return packet === undefined ? [] : [at(fromMs + index * 20, udp(from, to, packet))];
  }).flat();

interface Shape {
  readonly uplink?: (index: number) => Uint8Array | undefined;
  readonly downlink?: (index: number) => Uint8Array | undefined;
  readonly seconds?: number;
}

/** A call of SIP and RTP from A to B. */
function call({
  uplink = (index) => rtp(index),
  downlink = (index) => rtp(index, { ssrc: 9 }),
  seconds = 8,
}: Shape = {}) {
  const end = 300 + seconds * 1_000;
  return [
    at(0, udp(A, B, request('INVITE', { body: sdp(A_MEDIA) }))),
    at(10, udp(B, A, response(100, 'Trying'))),
    at(100, udp(B, A, response(180, 'Ringing'))),
    at(300, udp(B, A, response(200, 'OK', { body: sdp(B_MEDIA) }))),
    at(310, udp(A, B, request('ACK'))),
    ...stream(A_MEDIA, B_MEDIA, 320, end, uplink),
    ...stream(B_MEDIA, A_MEDIA, 320, end, downlink),
    at(end, udp(B, A, request('BYE', { cseq: 2 }))),
    at(end + 5, udp(A, B, response(200, 'OK', { cseq: 2, method: 'BYE' }))),
  ].sort((one, other) => one.at - other.at);
}

const figures = ({ samples }: CallTimeline, leg: 'caller' | 'callee'): LegFigures[] =>
  samples.filter((sample) => sample.leg === leg).map((sample) => sample.figures as LegFigures);

describe('a capture of a call', () => {
  it('tells SIP, descriptions, and the figures of both parties', () => {
    const [timeline, ...more] = captureOf(pcap(call())).calls;
    if (timeline === undefined || more.length > 0) throw new Error('not one call');
    expect(timeline.entries.map(describeEntry)).toEqual([
      'sent to callee: INVITE (192.0.2.2:5060): sendrecv, PCMA, with telephone-events, at 192.0.2.1:4000',
      'our offer to callee: sendrecv, PCMA, with telephone-events, at 192.0.2.1:4000',
      'offer of caller: sendrecv, PCMA, with telephone-events, at 192.0.2.1:4000',
      'callee sent 100 Trying to INVITE (192.0.2.2:5060)',
      'callee sent 180 Ringing to INVITE (192.0.2.2:5060)',
      'callee sent 200 OK to INVITE (192.0.2.2:5060): sendrecv, PCMA, with telephone-events, at 192.0.2.2:6000',
      'answer of callee: sendrecv, PCMA, with telephone-events, at 192.0.2.2:6000',
      'our answer to caller: sendrecv, PCMA, with telephone-events, at 192.0.2.2:6000',
      'sent to callee: ACK (192.0.2.2:5060)',
      'callee sent BYE (192.0.2.2:5060)',
      'call ended: completed, by callee',
      'sent to callee: 200 OK to BYE (192.0.2.2:5060)',
    ]);
    expect(timeline).toMatchObject({ startedAt: T0, endedAt: T0 + 8_300, vantages: ['capture'] });
    for (const leg of ['caller', 'callee'] as const) {
      const whole = figures(timeline, leg).slice(1, -1);
      expect(whole).toHaveLength(7);
      for (const second of whole) {
        expect(second).toMatchObject({ packetsReceived: 50, packetsSent: 50, packetsLost: 0, codec: 'PCMA' });
        expect(second.levelDb).toBeCloseTo(-9.2, 0);
      }
    }
    expect(codesOf(timeline)).toEqual([]);
  });

  it('names the party that sends nothing', () => {
    const [timeline] = captureOf(pcap(call({ downlink: () => undefined }))).calls;
    expect(codesOf(timeline)).toEqual(['media.far_end_leg_dead']);
    expect(figures(timeline as CallTimeline, 'callee').every(({ packetsReceived }) => packetsReceived === 0)).toBe(
      true,
    );
  });

  it('names packets that hold nothing but silence', () => {
    const silent = (index: number) => rtp(index, { silent: true });
    const [timeline] = captureOf(pcap(call({ downlink: silent, seconds: 15 }))).calls;
    expect(codesOf(timeline)).toContain('media.far_end_silent');
  });

  it('counts losses in runs, and payload types that were not agreed on', () => {
    const uplink = (index: number) => (index % 50 > 40 && index % 50 < 45 ? undefined : rtp(index, { payloadType: 3 }));
    const [timeline] = captureOf(pcap(call({ uplink }))).calls;
    for (const second of figures(timeline as CallTimeline, 'caller').slice(1, -1)) {
      expect(second).toMatchObject({ packetsReceived: 46, packetsLost: 4, lossRuns: 1, longestLoss: 4 });
      expect(second).toMatchObject({ packetsRefused: 46, maxGapMs: 100 });
    }
  });

  it('names a refusal, and one that was asked for is none', () => {
    const refused = [
      at(0, udp(A, B, request('INVITE', { body: sdp(A_MEDIA) }))),
      at(500, udp(A, B, request('INVITE', { body: sdp(A_MEDIA) }))),
      at(600, udp(B, A, response(486, 'Busy Here', { headers: ['Reason: Q.850;cause=17'] }))),
      at(601, udp(A, B, request('ACK'))),
    ];
    const [timeline] = captureOf(pcap(refused)).calls;
    expect(codesOf(timeline)).toEqual(['sip.busy']);
    expect(timeline?.entries.map(describeEntry)).toContain(
      'sent to callee: INVITE again (192.0.2.2:5060): sendrecv, PCMA, with telephone-events, at 192.0.2.1:4000',
    );
    const cancelled = [
      at(0, udp(A, B, request('INVITE', { body: sdp(A_MEDIA) }))),
      at(100, udp(B, A, response(180, 'Ringing'))),
      at(900, udp(A, B, request('CANCEL'))),
      at(901, udp(B, A, response(487, 'Request Terminated'))),
    ];
    expect(codesOf(captureOf(pcap(cancelled)).calls[0])).toEqual([]);
  });

  it('joins both legs of a B2BUA by Session-ID', () => {
    const id = 'ab'.repeat(16);
    const headers = [`Session-ID: ${id};remote=${'0'.repeat(32)}`];
    const C: End = ['192.0.2.3', 5060];
    const { calls } = captureOf(
      pcap([
        at(0, udp(A, B, request('INVITE', { callId: 'one', body: sdp(A_MEDIA), headers }))),
        at(20, udp(B, C, request('INVITE', { callId: 'two', body: sdp(B_MEDIA), headers }))),
        at(200, udp(C, B, response(603, 'Decline', { callId: 'two' }))),
        at(201, udp(B, A, response(603, 'Decline', { callId: 'one' }))),
      ]),
    );
    expect(calls).toHaveLength(1);
    expect(calls[0]?.entries.map(({ event }) => ('leg' in event ? event.leg : event.type))).toEqual([
      ...['caller', 'caller', 'callee', 'callee', 'callee', 'caller', 'call.ended'],
    ]);
    expect(codesOf(calls[0])).toEqual(['sip.declined']);
  });

  it('reads SIP over TCP, in pieces and sent again', () => {
    const invite = request('INVITE', { body: sdp(A_MEDIA) });
    const [head, tail] = [invite.slice(0, 150), invite.slice(150)];
    const busy = response(486, 'Busy Here');
    const { calls } = captureOf(
      pcap([
        at(0, tcp(A, B, 99, '', true)),
        at(1, tcp(A, B, 100, head)),
        at(2, tcp(A, B, 100, head)),
        at(3, tcp(A, B, 250, tail)),
        at(9, tcp(B, A, 500, busy)),
      ]),
    );
    expect(codesOf(calls[0])).toEqual(['sip.busy']);
  });

  it('takes a packet that was captured twice for one', () => {
    const twice = call().flatMap((one) => [one, { ...one, at: one.at + 0.3 }]);
    const loss = (index: number) => (index % 10 === 0 ? undefined : rtp(index));
    const lossy = call({ uplink: loss }).flatMap((one) => [one, { ...one, at: one.at + 0.3 }]);
    const [once] = captureOf(pcap(call())).calls;
    const [timeline] = captureOf(pcap(twice)).calls;
    expect(timeline?.entries).toEqual(once?.entries);
    expect(figures(timeline as CallTimeline, 'caller').map(({ packetsReceived }) => packetsReceived)).toEqual(
      figures(once as CallTimeline, 'caller').map(({ packetsReceived }) => packetsReceived),
    );
    const [lost] = captureOf(pcap(lossy)).calls;
    expect(figures(lost as CallTimeline, 'caller')[3]).toMatchObject({ packetsReceived: 45, packetsLost: 5 });
  });

  it('says nothing of sound where there is no media at all', () => {
    const [timeline] = captureOf(pcap(call({ uplink: () => undefined, downlink: () => undefined }))).calls;
    expect(timeline?.samples).toEqual([]);
    expect(codesOf(timeline)).toEqual([]);
  });

  it('finds RTP without any SIP', () => {
    const { calls } = captureOf(
      pcap(
        [
          ...stream(A_MEDIA, B_MEDIA, 0, 5_000, (index) => rtp(index)),
          ...stream(B_MEDIA, A_MEDIA, 10, 5_000, (index) => rtp(index, { ssrc: 4 })),
        ].sort((one, other) => one.at - other.at),
      ),
    );
    expect(calls.map(({ callId }) => callId)).toEqual(['192.0.2.1:4000 to 192.0.2.2:6000']);
    expect(
      figures(calls[0] as CallTimeline, 'callee')
        .slice(1, -1)
        .map(({ packetsReceived }) => packetsReceived),
    ).toEqual([...[50, 50, 50]]);
  });

  it('says what it lacks', () => {
    const { notes } = captureOf(
      pcap([
        ...call(),
        at(9_000, udp(A_MEDIA, B_MEDIA, new Uint8Array(100), 0x2000)),
        at(9_001, udp(A, B, request('BYE', { callId: 'earlier' }))),
        at(9_002, udp(A, B, 'INVITE sip:b@192.0.2.2 SIP/2.0\r\nVia: nonsense\r\n\r\n')),
      ]),
    );
    expect(notes).toEqual([
      'Fragments of IP packets, whose content is missing here: 1.',
      'SIP messages that could not be read: 1.',
      'Calls that began before the capture, and are left out: 1.',
    ]);
  });
});

describe('files of captures', () => {
  const frames = call({ seconds: 2 });
  const codes = (capture: Capture): unknown => capture.calls.map(({ entries, samples }) => [entries, samples]);
  const wanted = codes(captureOf(pcap(frames)));

  it.each([
    ['pcap, big-endian', pcap(frames, { littleEndian: false })],
    ['pcap, nanoseconds', pcap(frames, { nanoseconds: true })],
    ['pcapng', pcapng(frames)],
    ['pcapng, big-endian, nanoseconds', pcapng(frames, { littleEndian: false, nanoseconds: true })],
    [
      'pcapng of two sections',
      new Uint8Array([...pcapng(frames.slice(0, 9)), ...pcapng(frames.slice(9), { littleEndian: false })]),
    ],
  ])('say the same as %s', (_what, file) => {
    const capture = captureOf(file);
    // Times of nanoseconds have finer fractions than a double keeps exactly.
    expect(JSON.parse(JSON.stringify(codes(capture), rounded))).toEqual(JSON.parse(JSON.stringify(wanted, rounded)));
  });
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toFixed(2)) : value;

  it.each([
    ['raw IP', 101, 0],
    ['loopback', 0, 0],
    ['loopback of OpenBSD', 108, 0],
    ['Linux cooked', 113, 0],
    ['Linux cooked, version 2', 276, 0],
    ['a VLAN', 1, 1],
    ['a VLAN in a VLAN', 1, 2],
  ])('are read from %s', (_what, linkType, tags) => {
    const packet = udp(['2001:db8::1', 5060], ['2001:db8::2', 5060], request('INVITE'));
    const { calls } = captureOf(pcap([{ at: T0, bytes: frame(packet, linkType, tags) }], { linkType }));
    expect(calls[0]?.entries.map(describeEntry)).toEqual(['sent to callee: INVITE ([2001:db8::2]:5060)']);
  });

  it('are used as far as they go', () => {
    const file = pcap(frames);
    const cut = captureOf(file.subarray(0, file.length - 10));
    expect(cut.fault?.code).toBe('dump.truncated');
    expect(cut.calls).toHaveLength(1);
    expect(read(file.subarray(0, 30))).toMatchObject({ ok: false, error: { code: 'dump.truncated' } });
    expect(read(file.subarray(0, 10))).toMatchObject({ ok: false, error: { code: 'dump.truncated' } });
  });

  it('name what they are not', () => {
    expect(isCapture(new Uint8Array(4))).toBe(false);
    expect(read(new Uint8Array(40))).toMatchObject({ ok: false, error: { code: 'dump.unknown_format' } });
    expect(read(pcap([]))).toMatchObject({ ok: false, error: { code: 'dump.no_call' } });
  });

  it('are read in pieces, however these fall', () => {
    const file = pcapng(frames);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), (sizes) => {
        let offset = 0;
        let turn = 0;
        const source = chunkedSource((buffer) => {
          const size = Math.min(sizes[turn++ % sizes.length] ?? 1, buffer.length, file.length - offset);
          buffer.set(file.subarray(offset, offset + size));
          offset += size;
          return size;
        });
        const capture = readCapture(file.subarray(0, 4), source);
        expect(capture.ok && codes(capture.value)).toEqual(wanted);
      }),
      { numRuns: 20 },
    );
  });

  it('never upset the reader, whatever is wrong with them', () => {
    const files = [pcap(call({ seconds: 1 })), pcapng(call({ seconds: 1 }))];
    const wrong = fc.record({
      file: fc.constantFrom(...files),
      changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 40 }),
      length: fc.double({ min: 0, max: 1, noNaN: true }),
      raw: fc.uint8Array({ maxLength: 200 }),
    });
    fc.assert(
      fc.property(wrong, ({ file, changes, length, raw }) => {
        const changed = Uint8Array.from(file.subarray(0, Math.ceil(file.length * length)));
        for (const [place, value] of changes) if (changed.length > 0) changed[place % changed.length] = value;
        const start = Uint8Array.from([...file.subarray(0, 24), ...raw]);
        for (const bytes of [changed, start]) {
          const capture = read(bytes);
          if (capture.ok) for (const one of capture.value.calls) expect(one.entries.map(describeEntry)).toBeDefined();
        }
      }),
      { numRuns: 200 },
    );
  });
});
