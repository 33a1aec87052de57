import { concat } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { writeFragment } from './handshake/fragment.js';
import { MAX_MESSAGE_BYTES } from './handshake/reassembler.js';
import { writeAlert } from './messages/alert.js';
import { CONTENT_TYPE, DTLS_1_2, writeRecord } from './record/record.js';
import { DtlsServer } from './server.js';
import { DtlsClient } from './testing/dtls-client.js';
import { createIdentities, type Identities } from './testing/identities.js';
import { eventsOf, runHandshake, sentBy } from './testing/virtual-path.js';
import type { DtlsState } from './types.js';

let identities: Identities;

beforeAll(async () => {
  identities = await createIdentities();
});

function makeServer(): DtlsServer {
  const server = new DtlsServer({ crypto: nodeCrypto, certificate: identities.server });
  server.setRemoteFingerprints(0, identities.fingerprints);
  return server;
}

const makeClient = (): DtlsClient => new DtlsClient({ crypto: nodeCrypto, certificate: identities.client });

function connect(): { server: DtlsServer; client: DtlsClient; toServer: readonly Uint8Array[]; now: number } {
  const server = makeServer();
  const client = makeClient();
  const { toServer, nowMs } = runHandshake(client, server);
  expect(server.state).toBe('connected');
  return { server, client, toServer, now: nowMs + 1000 };
}

const plaintext = (type: number, fragment: Uint8Array, sequence = 1000): Uint8Array =>
  writeRecord({ type, version: DTLS_1_2, epoch: 0, sequence, fragment });

const fragmentOf = (type: number, length: number, messageSeq: number, offset: number, body: Uint8Array): Uint8Array =>
  plaintext(CONTENT_TYPE.handshake, writeFragment({ type, length, messageSeq, offset, body }));

it('ignores every plaintext record after the handshake', () => {
  const { server, now } = connect();
  const hello = concat(...makeClient().start(0));
  const finished = fragmentOf(20, 12, 4, 0, new Uint8Array(12));
  const fatal = plaintext(CONTENT_TYPE.alert, writeAlert({ level: 'fatal', description: 40 }));
  const goodbye = plaintext(CONTENT_TYPE.alert, writeAlert({ level: 'warning', description: 0 }));
  const cipherChange = plaintext(CONTENT_TYPE.changeCipherSpec, Uint8Array.of(1));
  for (const datagram of [hello, finished, fatal, goodbye, cipherChange]) {
    expect(server.receive(now, datagram)).toEqual([]);
  }
  expect(server.state).toBe('connected');
});

it('ignores plaintext records while it waits for the fingerprint', () => {
  const server = new DtlsServer({ crypto: nodeCrypto, certificate: identities.server });
  runHandshake(makeClient(), server, { untilMs: 500 });
  const fatal = plaintext(CONTENT_TYPE.alert, writeAlert({ level: 'fatal', description: 40 }));
  expect(server.receive(600, fatal)).toEqual([]);
  expect(eventsOf(server.setRemoteFingerprints(700, identities.fingerprints)).at(-1)?.type).toBe('connected');
});

it('ignores replayed records, a whole recorded handshake of them', () => {
  const { server, toServer, now } = connect();
  for (const datagram of [...toServer, ...toServer.toReversed()]) expect(server.receive(now, datagram)).toEqual([]);
  const { server: other } = connect();
  for (const datagram of toServer) expect(other.receive(now, datagram)).toEqual([]);
});

it('ignores a replayed close_notify of another association, and believes its own client', () => {
  const { server, client, now } = connect();
  const { client: stranger } = connect();
  expect(server.receive(now, stranger.closeNotify())).toEqual([]);
  expect(eventsOf(server.receive(now, client.closeNotify()))).toMatchObject([{ type: 'alert' }, { type: 'closed' }]);
});

it('ignores a protected handshake message that is not Finished: there is no renegotiation', () => {
  const { server, client, now } = connect();
  for (const type of [0, 1, 11, 15, 16]) {
    for (const messageSeq of [0, 4, 5]) {
      const fragment = writeFragment({ type, length: 2, messageSeq, offset: 0, body: new Uint8Array(2) });
      expect(server.receive(now, client.record(1, CONTENT_TYPE.handshake, fragment))).toEqual([]);
    }
  }
  expect(server.state).toBe('connected');
});

it('takes no plaintext Finished', () => {
  const server = makeServer();
  const client = makeClient();
  server.receive(0, concat(...client.start(0)));
  for (let messageSeq = 1; messageSeq < 6; messageSeq += 1) {
    expect(server.receive(1, fragmentOf(20, 12, messageSeq, 0, new Uint8Array(12)))).toEqual([]);
  }
  expect(server.state).toBe('handshaking');
});

it('reports the fatal alert of a client that gives up', () => {
  const server = makeServer();
  const fatal = plaintext(CONTENT_TYPE.alert, writeAlert({ level: 'fatal', description: 42 }));
  expect(server.receive(0, fatal)).toEqual([]); // there is nothing to give up yet
  server.receive(0, concat(...makeClient().start(0)));
  expect(eventsOf(server.receive(5, fatal))).toEqual([
    { type: 'alert', level: 'fatal', description: 42, at: 5 },
    { type: 'failed', fault: { code: 'dtls.peer_alert', detail: 'alert 42' }, alert: 42, at: 5 },
  ]);
  expect(server.state).toBe('failed');
});

it('answers a flood of repeated ClientHellos at most 20 times a second', () => {
  const server = makeServer();
  const client = makeClient();
  client.start(0);
  let flights = 0;
  for (let now = 0; now < 1000; now += 1) {
    const events = client.repeatFlight().flatMap((datagram) => eventsOf(server.receive(now, datagram)));
    flights += events.filter((event) => event.type === 'flight' && event.direction === 'out').length;
  }
  expect(flights).toBe(20);
});

it('survives fragment attacks before and during the handshake, and still connects', () => {
  const server = makeServer();
  const client = makeClient();
  const one = Uint8Array.of(1);
  for (let messageSeq = 0; messageSeq < 200; messageSeq += 1) {
    server.receive(0, fragmentOf(11, MAX_MESSAGE_BYTES, messageSeq, 100, one));
    server.receive(0, fragmentOf(1, 0xffffff, messageSeq, 0xfffffe, one));
    server.receive(0, fragmentOf(1, 500, messageSeq, 0, new Uint8Array(0)));
  }
  expect(server.state).toBe('new');
  const hello = client.start(0);
  const flight4 = sentBy(hello.flatMap((datagram) => server.receive(0, datagram)));
  for (let messageSeq = 2; messageSeq < 200; messageSeq += 1) {
    expect(sentBy(server.receive(1, fragmentOf(11, MAX_MESSAGE_BYTES, messageSeq, 0, one)))).toEqual([]);
  }
  const flight5 = flight4.flatMap((datagram) => client.receive(2, datagram));
  const outputs = flight5.flatMap((datagram) => server.receive(2, datagram));
  expect(eventsOf(outputs).at(-1)?.type).toBe('connected');
});

const STATES = {
  new: () => makeServer(),
  handshaking: () => {
    const server = makeServer();
    server.receive(0, concat(...makeClient().start(0)));
    return server;
  },
  connected: () => connect().server,
  failed: () => {
    const server = makeServer();
    server.receive(0, concat(...makeClient().start(0)));
    server.handleTimeout(1_000_000);
    return server;
  },
  closed: () => {
    const { server } = connect();
    server.close(0);
    return server;
  },
} satisfies Record<DtlsState, () => DtlsServer>;

/** Bits changed, cut short, joined: near enough to the real thing to get past the first checks. */
const mutated = (corpus: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      base: fc.constantFrom(...corpus),
      tail: fc.option(fc.constantFrom(...corpus)),
      changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
      keep: fc.option(fc.nat({ max: 1500 })),
    })
    .map(({ base, tail, changes, keep }) => {
      const bytes = concat(base, tail ?? new Uint8Array(0));
      for (const [position, flip] of changes) {
        const at = position % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ flip;
      }
      return keep === null ? bytes : bytes.subarray(0, keep);
    });

it.each(Object.keys(STATES) as DtlsState[])('never throws on random or mutated datagrams in state %s', (state) => {
  const corpus = connect().toServer;
  const datagram = fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated(corpus));
  fc.assert(
    fc.property(fc.array(fc.tuple(datagram, fc.nat({ max: 500 })), { minLength: 1, maxLength: 30 }), (steps) => {
      const server = STATES[state]();
      expect(server.state).toBe(state);
      let now = 100_000;
      for (const [bytes, wait] of steps) {
        now += wait;
        const outputs = server.receive(now, bytes);
        expect(eventsOf(outputs).some((event) => event.type === 'connected')).toBe(false);
        expect(sentBy(outputs).length).toBeLessThanOrEqual(3);
      }
      if (state !== 'new' && state !== 'handshaking') expect(server.state).toBe(state);
    }),
    { seed: 6347, numRuns: 40 },
  );
});
