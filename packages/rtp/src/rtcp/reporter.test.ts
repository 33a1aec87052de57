import { expect, it } from 'vitest';
import { OutgoingStream } from '../outgoing-stream.js';
import { payloadClocks, ReceptionStatistics } from '../reception.js';
import { leg, PCMA } from '../testing/legs.js';
import { rtpPacket } from '../testing/packets.js';
import { seededRandom } from '../testing/random.js';
import { parseRtcp } from './compound.js';
import { RtcpReporter } from './reporter.js';

const START = 1_700_000_000_000;

function side(ssrc: number, random = () => 0.5) {
  const stream = new OutgoingStream(ssrc, 0, 0);
  const reception = new ReceptionStatistics(payloadClocks(leg([PCMA])));
  const reporter = new RtcpReporter({ ssrc, cname: `c${ssrc}`, now: START, random });
  return { ssrc, stream, reception, reporter };
}

type Side = ReturnType<typeof side>;

function send(from: Side, to: Side, sequence: number, now: number, lost = false): void {
  from.stream.recordAudio(sequence * 160, 8000, 160, now);
  if (lost) return;
  const packet = rtpPacket({ payloadType: 8, sequence, timestamp: sequence * 160, ssrc: from.ssrc });
  to.reception.receive(packet, packet.length, now + 30);
}

it('gives both sides loss and round trip', () => {
  const a = side(1);
  const b = side(2);
  for (let n = 0; n < 25; n += 1) send(a, b, n, START + n * 20, n % 5 === 3);
  const first = a.reporter.poll(START + 500, a.stream, a.reception);
  expect(first).toBeDefined();
  expect(b.reporter.handle(first ?? new Uint8Array(0), START + 530)).toMatchObject({ bye: false });
  expect(a.reporter.poll(START + 501, a.stream, a.reception)).toBeUndefined();
  const reply = b.reporter.poll(START + 700, b.stream, b.reception) ?? new Uint8Array(0);
  const outcome = a.reporter.handle(reply, START + 730);
  expect(outcome?.reportForUs?.cumulativeLost).toBe(5);
  expect(outcome?.reportForUs?.fractionLost).toBeCloseTo(5 / 24, 1);
  expect(outcome?.reportForUs?.highestSequence).toBe(24);
  expect(outcome?.reportForUs?.roundTripMs).toBeCloseTo(60, 0);
  expect([a.reporter.received, a.reporter.receivedForUs]).toEqual([1, 1]);
});

it('sends SR while it sends media, RR otherwise', () => {
  const a = side(1);
  a.stream.recordAudio(1600, 8000, 160, START + 400);
  const sender = parseRtcp(a.reporter.poll(START + 500, a.stream, a.reception) ?? new Uint8Array(0));
  expect(sender.ok && sender.value.senders).toMatchObject([{ ssrc: 1, rtpTimestamp: 2400, packets: 1, octets: 160 }]);
  const receiver = parseRtcp(a.reporter.poll(START + 60_000, a.stream, a.reception) ?? new Uint8Array(0));
  expect(receiver.ok && receiver.value.senders).toEqual([]);
});

it('spreads its reports over 0.5 to 1.5 of the interval, compensated', () => {
  const { reporter } = side(1, seededRandom(3));
  let at = START;
  const gaps: number[] = [];
  for (let n = 0; n < 300; n += 1) {
    const next = reporter.nextAt;
    if (n > 0) gaps.push(next - at);
    at = next;
    expect(reporter.poll(at - 1)).toBeUndefined();
    expect(reporter.poll(at)).toBeDefined();
  }
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2500 / 1.21828);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(7500 / 1.21828);
  expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeCloseTo(5000 / 1.21828, -3);
});

it('takes no round trip from a report that refers to nothing we sent', () => {
  const a = side(1);
  const b = side(2);
  for (let n = 0; n < 5; n += 1) send(a, b, n, START + n * 20);
  const reply = b.reporter.poll(START + 500, b.stream, b.reception) ?? new Uint8Array(0);
  const outcome = a.reporter.handle(reply, START + 600);
  expect(outcome?.reportForUs).toBeDefined();
  expect(outcome?.reportForUs?.roundTripMs).toBeUndefined();
});

it('tells "speaks RTCP" from "receives us"', () => {
  const a = side(1);
  const b = side(2);
  const outcome = a.reporter.handle(b.reporter.poll(START + 500) ?? new Uint8Array(0), START + 510);
  expect(outcome).toBeDefined();
  expect(outcome?.reportForUs).toBeUndefined();
  expect([a.reporter.received, a.reporter.receivedForUs]).toEqual([1, 0]);
  expect(a.reporter.handle(new Uint8Array(20), START)).toBeUndefined();
});

it('says BYE', () => {
  const a = side(1);
  const b = side(2);
  expect(b.reporter.handle(a.reporter.bye(START, a.stream, a.reception), START)?.bye).toBe(true);
});
