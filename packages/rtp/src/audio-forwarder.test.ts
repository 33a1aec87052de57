import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { AudioForwarder } from './audio-forwarder.js';
import { convertG711, G711Decoder, G711Encoder } from './codecs/g711.js';
import { loadOpus, type OpusLibrary } from './codecs/opus.js';
import { eventDuration, writeTelephoneEvent } from './dtmf/telephone-event.js';
import { OutgoingStream } from './outgoing-stream.js';
import { RedReader, RedWriter } from './red/red.js';
import { Collector } from './testing/collector.js';
import { EVENTS_8K, EVENTS_48K, leg, OPUS, PCMA, PCMU } from './testing/legs.js';
import { rtpPacket } from './testing/packets.js';
import { seededRandom } from './testing/random.js';
import { ToneGenerator, tonePresence } from './tone.js';

let opus: OpusLibrary;
beforeAll(async () => {
  opus = await loadOpus(4);
});

function setup(source = leg([PCMA]), destination = leg([PCMA]), withOpus = true) {
  const sink = new Collector();
  const stream = new OutgoingStream(0xfeed, 40_000, 9000);
  const forwarder = new AudioForwarder({ source, destination, stream, sink, opus: withOpus ? opus : undefined });
  const send = (fields: Parameters<typeof rtpPacket>[0], now: number) => {
    const packet = rtpPacket(fields);
    return forwarder.forward(packet, packet.length, now);
  };
  return { sink, stream, forwarder, send };
}

const event = (code: number, duration: number, ends = false): Uint8Array => {
  const payload = new Uint8Array(4);
  writeTelephoneEvent(payload, 0, code, ends, 10, duration);
  return payload;
};

it('passes the same codec through with the other leg’s payload type, and loss as it is', () => {
  const { sink, send } = setup(leg([OPUS]), leg([{ ...OPUS, payloadType: 96 }]));
  const payload = Uint8Array.of(0x78, 1, 2, 3);
  for (const n of [0, 1, 4, 3]) {
    expect(send({ payloadType: 111, sequence: n, timestamp: n * 960, marker: n === 0, payload }, n * 20)).toBe(
      'passed',
    );
  }
  expect(sink.sequences).toEqual([40_000, 40_001, 40_004, 40_003]);
  expect(sink.timestamps).toEqual([9000, 9960, 12_840, 11_880]);
  expect(sink.packets[0]).toMatchObject({ payloadType: 96, marker: true, ssrc: 0xfeed, payload });
});

it('strips CSRCs, extensions and padding', () => {
  const { sink, forwarder } = setup();
  const payload = new Uint8Array(160).fill(0x55);
  const bytes = new Uint8Array(12 + 4 + 8 + 160 + 4);
  bytes.set(rtpPacket({ payloadType: 8, payload: [] }));
  bytes[0] = 0xb1;
  bytes.set([0xbe, 0xde, 0, 1], 16);
  bytes.set(payload, 24);
  bytes[bytes.length - 1] = 4;
  expect(forwarder.forward(bytes, bytes.length, 0)).toBe('passed');
  expect(sink.packets[0]?.payload).toEqual(payload);
});

it('converts PCMU and PCMA into each other byte by byte', () => {
  const { sink, send } = setup(leg([PCMU]), leg([PCMA]));
  const payload = Uint8Array.from({ length: 160 }, (_, index) => index);
  expect(send({ payloadType: 0, payload }, 0)).toBe('converted');
  convertG711('PCMU', payload, 0, 160);
  expect(sink.packets[0]).toMatchObject({ payloadType: 8, payload });
});

it('keeps a tone from PCMU to PCMA under 5% loss', () => {
  const { sink, send } = setup(leg([PCMU]), leg([PCMA]));
  const random = seededRandom(8);
  const tone = new ToneGenerator(1000);
  const pcm = new Int16Array(160);
  const payload = new Uint8Array(160);
  const encoder = new G711Encoder('PCMU');
  const decoder = new G711Decoder('PCMA');
  const arrived: number[] = [];
  for (let n = 0; n < 200; n += 1) {
    tone.fill(pcm, 0, 160);
    encoder.encode(pcm, 0, 160, payload, 0);
    if (n > 0 && random() < 0.05) continue;
    send({ payloadType: 0, sequence: n, timestamp: n * 160, payload }, n * 20);
    arrived.push(n);
  }
  expect(sink.sequences).toEqual(arrived.map((n) => (40_000 + n) & 0xffff));
  for (const packet of sink.packets) {
    decoder.decode(packet.payload, 0, 160, pcm, 0);
    expect(tonePresence(pcm, 1000)).toBeGreaterThan(0.99);
  }
});

it('switches between passing and transcoding in one continuous stream', () => {
  const { sink, send } = setup(leg([OPUS, PCMA], { telephoneEvents: [] }), leg([PCMA]));
  const encoder = opus.encoder(8000);
  const pcm = new Int16Array(160);
  const opusPayload = new Uint8Array(200);
  const tone = new ToneGenerator(440);
  const results: string[] = [];
  for (let n = 0; n < 40; n += 1) {
    tone.fill(pcm, 0, 160);
    const length = encoder.encode(pcm, 0, 160, opusPayload, 0);
    const viaOpus = Math.floor(n / 10) % 2 === 1;
    const fields = { sequence: n, timestamp: n * (viaOpus ? 960 : 160) };
    results.push(
      viaOpus
        ? send({ ...fields, payloadType: 111, payload: opusPayload.slice(0, length) }, n * 20)
        : send({ ...fields, payloadType: 8, payload: new Uint8Array(160).fill(0x55) }, n * 20),
    );
  }
  expect(new Set(results.slice(0, 10))).toEqual(new Set(['passed']));
  expect(new Set(results.slice(10, 20))).toEqual(new Set(['transcoded']));
  expect(sink.sequences).toEqual(Array.from({ length: 40 }, (_, n) => 40_000 + n));
  expect(sink.timestamps).toEqual(Array.from({ length: 40 }, (_, n) => 9000 + n * 160));
  expect(sink.packets.every(({ ssrc, payloadType }) => ssrc === 0xfeed && payloadType === 8)).toBe(true);
});

it('relays DTMF from a browser on Opus to a phone on PCMA, numbering without a gap', () => {
  const { sink, send } = setup(leg([OPUS], { telephoneEvents: [EVENTS_48K] }), leg([PCMA]));
  const encoder = opus.encoder(8000);
  const payload = new Uint8Array(200);
  const length = encoder.encode(new Int16Array(160), 0, 160, payload, 0);
  let sequence = 65_500;
  const audio = (n: number) =>
    send(
      { payloadType: 111, sequence: sequence++ & 0xffff, timestamp: n * 960, payload: payload.slice(0, length) },
      n * 20,
    );
  for (let n = 0; n < 50; n += 1) audio(n);
  for (let n = 50; n < 58; n += 1) {
    const ticks = Math.min(n - 49, 5) * 960;
    const fields = { payloadType: 110, sequence: sequence++ & 0xffff, timestamp: 50 * 960, marker: n === 50 };
    expect(send({ ...fields, payload: event(7, ticks, n >= 54) }, n * 20)).toBe('event');
  }
  for (let n = 58; n < 70; n += 1) audio(n);
  expect(sink.digits).toEqual([{ digit: '7', durationMs: 100 }]);
  const events = sink.packets.filter(({ payloadType }) => payloadType === EVENTS_8K.payloadType);
  expect(events.map((packet) => eventDuration(packet.payload, 0))).toEqual([160, 320, 480, 640, 800, 800, 800, 800]);
  expect(new Set(events.map(({ timestamp }) => timestamp))).toEqual(new Set([9000 + 50 * 160]));
  expect(sink.sequences).toEqual(Array.from({ length: 70 }, (_, n) => 40_000 + n));
  expect(sink.packets.at(-1)?.timestamp).toBe(9000 + 69 * 160);
});

it('relays DTMF from a phone to a browser while passing, and hides its numbers where none is taken', () => {
  const opus48 = leg([PCMA], { telephoneEvents: [EVENTS_48K] });
  for (const destination of [opus48, leg([PCMA], { telephoneEvents: [] })]) {
    const { sink, send } = setup(leg([PCMA]), destination);
    for (let n = 0; n < 10; n += 1) send({ payloadType: 8, sequence: n, timestamp: n * 160 }, n * 20);
    for (let n = 10; n < 15; n += 1) {
      const payload = event(11, (n - 9) * 160, n >= 12);
      send({ payloadType: 101, sequence: n, timestamp: 1600, marker: n === 10, payload }, n * 20);
    }
    for (let n = 15; n < 20; n += 1) send({ payloadType: 8, sequence: n, timestamp: n * 160 }, n * 20);
    expect(sink.digits).toEqual([{ digit: '#', durationMs: 60 }]);
    const sent = destination === opus48 ? 20 : 15;
    expect(sink.sequences).toEqual(Array.from({ length: sent }, (_, n) => 40_000 + n));
    expect(sink.packets.at(-1)?.timestamp).toBe(9000 + 19 * 160);
  }
});

it('reports a digit whose end never came when time passes', () => {
  const { sink, send, forwarder } = setup();
  send({ payloadType: 101, sequence: 1, timestamp: 0, marker: true, payload: event(3, 160) }, 0);
  forwarder.tick(100);
  expect(sink.digits).toEqual([]);
  forwarder.tick(400);
  expect(sink.digits).toEqual([{ digit: '3', durationMs: 20 }]);
});

it('names why a packet goes no further, and lets no gap show', () => {
  const g722 = { name: 'G722', payloadType: 9, clockRate: 8000 } as const;
  const { sink, send, forwarder } = setup(leg([PCMA, g722]), leg([PCMA]));
  expect(send({ payloadType: 8, sequence: 0, timestamp: 0 }, 0)).toBe('passed');
  expect(send({ payloadType: 9, sequence: 1, timestamp: 160 }, 20)).toBe('no-codec');
  expect(send({ payloadType: 13, sequence: 2, timestamp: 320, payload: [40] }, 40)).toBe('unknown-payload-type');
  expect(send({ payloadType: 8, sequence: 3, timestamp: 480, payload: [] }, 60)).toBe('invalid');
  expect(send({ payloadType: 101, sequence: 4, timestamp: 480, payload: [1] }, 60)).toBe('invalid');
  expect(send({ payloadType: 8, sequence: 5, timestamp: 640 }, 80)).toBe('passed');
  expect(forwarder.forward(new Uint8Array(20), 20, 90)).toBe('invalid');
  expect(sink.sequences).toEqual([40_000, 40_001]);
  expect(sink.timestamps).toEqual([9000, 9640]);
});

it('sends nothing on hold, and does not make the pause a loss', () => {
  const { sink, send, forwarder } = setup();
  send({ payloadType: 8, sequence: 0, timestamp: 0 }, 0);
  forwarder.update(leg([PCMA], { direction: 'sendonly' }), leg([PCMA]));
  expect(send({ payloadType: 8, sequence: 1, timestamp: 160 }, 20)).toBe('held');
  forwarder.update(leg([PCMA]), leg([PCMA], { direction: 'recvonly' }));
  expect(send({ payloadType: 8, sequence: 2, timestamp: 320 }, 40)).toBe('held');
  forwarder.update(leg([PCMA]), leg([PCMA]));
  expect(send({ payloadType: 8, sequence: 500, timestamp: 80_000 }, 10_000)).toBe('passed');
  expect(sink.sequences).toEqual([40_000, 40_001]);
  expect(sink.timestamps).toEqual([9000, 89_000]);
  forwarder.close();
  expect(send({ payloadType: 8, sequence: 501, timestamp: 80_160 }, 10_020)).toBe('held');
});

it('cannot transcode Opus without the library', () => {
  const { send } = setup(leg([OPUS]), leg([PCMA]), false);
  expect(send({ payloadType: 111, payload: [0xf8, 0xff, 0xfe] }, 0)).toBe('no-codec');
});

it('never throws and never repeats a number, whatever packets come', () => {
  const packet = fc.record({
    payloadType: fc.constantFrom(8, 0, 111, 101, 110, 13),
    step: fc.integer({ min: -3, max: 4 }),
    ssrc: fc.constantFrom(1, 1, 1, 2),
    timestamp: fc.nat(0xffffffff),
    payload: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 60 }), (packets) => {
      const source = leg([OPUS, PCMA, PCMU], { telephoneEvents: [EVENTS_8K, EVENTS_48K] });
      const { sink, send, forwarder } = setup(source, leg([PCMA]));
      let sequence = 0;
      packets.forEach(({ step, ...fields }, n) => {
        sequence = (sequence + step) & 0xffff;
        send({ ...fields, sequence }, n * 20);
      });
      forwarder.close();
      expect(new Set(sink.sequences).size).toBe(sink.sequences.length);
    }),
    { seed: 10, numRuns: 150 },
  );
});

const RED = { payloadType: 63, of: 111 };
const redLeg = () => leg([OPUS], { red: RED });

/** Packets of a tone as a browser sends them, each with the one before it. */
function redundantTone(count: number, depth = 1) {
  const encoder = opus.encoder(8000);
  const generator = new ToneGenerator(600, 8000, 0.4);
  const writer = new RedWriter();
  writer.depth = depth;
  const pcm = new Int16Array(160);
  return Array.from({ length: count }, (_, n) => {
    generator.fill(pcm, 0, 160);
    const buffer = new Uint8Array(1500);
    const length = encoder.encode(pcm, 0, 160, buffer, 0);
    return buffer.slice(0, writer.wrap(buffer, 0, length, 111, n * 960, 1100));
  });
}

it('puts what was lost of redundant audio in its place before it transcodes', () => {
  const { sink, forwarder, send } = setup(redLeg(), leg([PCMA]));
  for (const [n, payload] of redundantTone(50).entries()) {
    if (n % 5 === 3) continue;
    expect(send({ payloadType: 63, sequence: n, timestamp: n * 960, payload }, n * 20)).toBe('transcoded');
  }
  expect(forwarder.recovered).toBe(10);
  expect(sink.timestamps).toEqual(sink.packets.map((_, n) => 9000 + n * 160));
  expect(sink.packets).toHaveLength(50);
  expect(forwarder.sourceCodec?.name).toBe('opus');
});

it('passes redundant audio on as it was before, with what was lost where the other side does not take it', () => {
  const { sink, forwarder, send } = setup(redLeg(), leg([{ ...OPUS, payloadType: 96 }]));
  const payloads = redundantTone(10, 2);
  const reader = new RedReader();
  for (const n of [0, 1, 4, 5, 7, 9, 8]) {
    send({ payloadType: 63, sequence: n, timestamp: n * 960, payload: payloads[n] as Uint8Array }, n * 20);
  }
  // 8 came after what it carries had come with 9.
  expect(sink.sequences).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => 40_000 + n));
  expect(sink.timestamps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => 9000 + n * 960));
  expect(forwarder.recovered).toBe(4);
  for (const [n, { payload, payloadType }] of sink.packets.entries()) {
    reader.read(payloads[n] as Uint8Array, 0, (payloads[n] as Uint8Array).length);
    const last = reader.count - 1;
    expect(payloadType).toBe(96);
    expect(payload).toEqual((payloads[n] as Uint8Array).subarray(reader.starts[last], reader.ends[last]));
  }
});

it('takes a telephone-event between redundant packets for no loss', () => {
  const { sink, forwarder, send } = setup(redLeg(), leg([PCMA]));
  const payloads = redundantTone(6);
  let sequence = 0;
  for (const [n, payload] of payloads.entries()) {
    send({ payloadType: 63, sequence, timestamp: n * 960, payload }, n * 20);
    sequence += 1;
    if (n !== 2) continue;
    send({ payloadType: 110, sequence, timestamp: n * 960, payload: event(5, 960) }, n * 20);
    sequence += 1;
  }
  expect(forwarder.recovered).toBe(0);
  expect(sink.packets.filter(({ payloadType }) => payloadType === 8)).toHaveLength(6);
});

it('refuses what is no redundant audio, and frames that were not agreed on', () => {
  const { sink, send } = setup(redLeg(), leg([PCMA]));
  expect(send({ payloadType: 63, sequence: 0, payload: [0xef, 0x0f, 0x00] }, 0)).toBe('invalid');
  expect(send({ payloadType: 63, sequence: 1, payload: [0x60, 1, 2, 3] }, 20)).toBe('unknown-payload-type');
  // Redundancy within redundancy.
  expect(send({ payloadType: 63, sequence: 2, payload: [0x3f, 0x6f, 2, 3] }, 40)).toBe('unknown-payload-type');
  expect(sink.packets).toEqual([]);
});

it('never fails on redundant audio, whatever is in it', () => {
  const random = seededRandom(5);
  const { forwarder } = setup(redLeg(), leg([PCMA]));
  const payloads = redundantTone(20);
  for (let n = 0; n < 3_000; n += 1) {
    const payload = (payloads[n % 20] as Uint8Array).slice();
    for (let change = 0; change < n % 4; change += 1) payload[Math.floor(random() * 8)] = Math.floor(random() * 256);
    const packet = rtpPacket({ payloadType: 63, sequence: n & 0xffff, timestamp: n * 960, payload });
    expect(() => forwarder.forward(packet, packet.length, n * 20)).not.toThrow();
  }
});

it('follows a plan: bitrate, packet time and redundancy, in the same stream', () => {
  const { sink, forwarder, send } = setup(leg([PCMA]), redLeg());
  const pcm = new Int16Array(160);
  const generator = new ToneGenerator(500, 8000, 0.4);
  const encoder = new G711Encoder('PCMA');
  const talk = (from: number, count: number) => {
    for (let n = from; n < from + count; n += 1) {
      generator.fill(pcm, 0, 160);
      const payload = new Uint8Array(160);
      encoder.encode(pcm, 0, 160, payload, 0);
      send({ payloadType: 8, sequence: n, timestamp: n * 160, payload }, n * 20);
    }
  };
  talk(0, 10);
  expect(forwarder.isEncoding).toBe(true);
  forwarder.follow({ bitrate: 24_000, lossPercent: 10, ptimeMs: 20, red: 2 });
  talk(10, 10);
  forwarder.follow({ bitrate: 10_000, lossPercent: 10, ptimeMs: 60, red: 0 });
  talk(20, 30);
  forwarder.follow({ bitrate: 24_000, lossPercent: 10, ptimeMs: 20, red: 0 });
  talk(50, 10);
  const types = sink.packets.map(({ payloadType }) => payloadType);
  expect(types).toEqual([...Array(10).fill(111), ...Array(10).fill(63), ...Array(20).fill(111)]);
  // 20 ms are 960 ticks, 60 ms 2880; numbers and time go on without a gap.
  const at = (n: number) =>
    9000 + (n <= 20 ? n * 960 : n <= 30 ? 20 * 960 + (n - 20) * 2880 : (20 + (n - 20 - 10) + 30) * 960);
  expect(sink.timestamps).toEqual(sink.packets.map((_, n) => at(n)));
  expect(sink.sequences).toEqual(sink.packets.map((_, n) => 40_000 + n));
  const bytes = (from: number, to: number) =>
    sink.packets.slice(from, to).reduce((sum, { payload }) => sum + payload.length, 0);
  expect(bytes(20, 30) / 600).toBeLessThan((bytes(0, 10) / 200) * 0.8);
  const reader = new RedReader();
  const last = sink.packets[19]?.payload as Uint8Array;
  expect(reader.read(last, 0, last.length)).toBe(true);
  expect([...reader.offsets.subarray(0, reader.count)]).toEqual([1920, 960, 0]);
  expect(last.subarray(reader.starts[1], reader.ends[1])).toHaveLength(
    (reader.ends[1] as number) - (reader.starts[1] as number),
  );
});

it('does not send redundantly where that was not agreed on', () => {
  const { sink, forwarder, send } = setup(leg([PCMA]), leg([OPUS]));
  forwarder.follow({ bitrate: 24_000, lossPercent: 20, ptimeMs: 20, red: 1 });
  for (let n = 0; n < 5; n += 1) send({ payloadType: 8, sequence: n, timestamp: n * 160 }, n * 20);
  expect(sink.packets.map(({ payloadType }) => payloadType)).toEqual([111, 111, 111, 111, 111]);
});
