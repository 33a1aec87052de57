import { expect, it } from 'vitest';
import { RecordWriter } from '../record/record-writer.js';
import type { FlightItem } from './flight.js';
import { FlightSender } from './flight-sender.js';

const items: FlightItem[] = [
  { kind: 'handshake', epoch: 0, message: { type: 11, messageSeq: 0, body: new Uint8Array(1000) } },
];

const sender = (): FlightSender => new FlightSender(1200, new RecordWriter());

it('retransmits flight 4 after 0.4, 0.8, 1.6 and then every 3.2 s, until it is answered', () => {
  const flights = sender();
  flights.send(0, 4, items);
  const times: number[] = [];
  for (let due = flights.dueAt; due !== undefined && due < 12_000; due = flights.dueAt) {
    expect(flights.handleTimeout(due - 1)).toBeUndefined();
    expect(flights.handleTimeout(due)).toMatchObject({ number: 4, retransmission: true });
    times.push(due);
  }
  expect(times).toEqual([400, 1200, 2800, 6000, 9200]);
  flights.stop();
  expect(flights.dueAt).toBeUndefined();
  expect(flights.handleTimeout(20_000)).toBeUndefined();
});

it('turns to small fragments after two unanswered transmissions', () => {
  const flights = sender();
  const sent = [flights.send(0, 4, items), flights.handleTimeout(400), flights.handleTimeout(1200)];
  expect(sent.map((flight) => flight?.datagrams.length)).toEqual([1, 1, 2]);
  for (const datagram of sent[2]?.datagrams ?? []) expect(datagram.length).toBeLessThanOrEqual(548);
});

it('answers a repeated flight, but only the one it answers, and not a burst of repetitions', () => {
  const flights = sender();
  flights.send(0, 4, items);
  expect(flights.repeat(60, 6)).toBeUndefined();
  expect(flights.repeat(49, 4)).toBeUndefined();
  expect(flights.repeat(50, 4)).toMatchObject({ number: 4, retransmission: true });
  expect(flights.repeat(51, 4)).toBeUndefined();
  expect(flights.dueAt).toBe(450); // the timer starts anew
});

it('sends the last flight again only when asked', () => {
  const flights = sender();
  flights.send(0, 6, items);
  expect(flights.dueAt).toBeUndefined();
  expect(flights.repeat(100, 6)).toMatchObject({ number: 6, retransmission: true });
});

it.each([
  [20, 200, 50],
  [300, 600, 300],
  [600, 1200, 600],
  [1500, 1500, 1500],
])(
  'over %d ms there and back waits %d ms, and takes no repetition for an answer before %d ms',
  (roundTrip, timeout, least) => {
    const flights = sender();
    flights.setRoundTrip(roundTrip);
    flights.send(0, 4, items);
    expect(flights.dueAt).toBe(timeout);
    expect(flights.repeat(least - 1, 4)).toBeUndefined();
    expect(flights.repeat(least, 4)).toMatchObject({ retransmission: true });
  },
);
