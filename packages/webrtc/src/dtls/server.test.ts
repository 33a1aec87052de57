import { concat, toHex } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { beforeAll, expect, it } from 'vitest';
import { readFragments } from './handshake/fragment.js';
import type { ClientHello } from './messages/client-hello.js';
import { parseServerHello } from './messages/server-hello.js';
import { readRecords } from './record/record.js';
import { DtlsServer } from './server.js';
import { DtlsClient, uint16Vector } from './testing/dtls-client.js';
import { postQuantumHello, withExtensions } from './testing/hellos.js';
import { createIdentities, type Identities } from './testing/identities.js';
import { eventsOf, runHandshake, sentBy } from './testing/virtual-path.js';
import type { DtlsServerOptions, SrtpKeyingMaterial } from './types.js';

let identities: Identities;

beforeAll(async () => {
  identities = await createIdentities();
});

function makeServer(options: Partial<DtlsServerOptions> = {}): DtlsServer {
  const server = new DtlsServer({ crypto: nodeCrypto, certificate: identities.server, ...options });
  server.setRemoteFingerprints(0, identities.fingerprints);
  return server;
}

const makeClient = (hello?: (hello: ClientHello) => ClientHello, mtu = 1200): DtlsClient =>
  new DtlsClient({
    crypto: nodeCrypto,
    certificate: identities.client,
    mtu,
    ...(hello === undefined ? {} : { misbehaviour: { hello } }),
  });

/** What one side keeps must be what the other uses. */
const mirrored = ({ profile, local, remote }: SrtpKeyingMaterial): SrtpKeyingMaterial => ({
  profile,
  local: remote,
  remote: local,
});

it('connects in two round trips and gives both sides the same keys', () => {
  const server = makeServer();
  const client = makeClient();
  const { events } = runHandshake(client, server);
  expect(events.map((event) => (event.type === 'flight' ? `${event.direction} ${event.flight}` : event.type))).toEqual([
    'in 1',
    'out 4',
    'in 5',
    'out 6',
    'connected',
  ]);
  const connected = events.find((event) => event.type === 'connected');
  expect(connected).toMatchObject({ durationMs: 20, at: 30, keys: { profile: 'AES128_CM_HMAC_SHA1_80' } });
  expect(connected && client.keys).toEqual(connected && mirrored(connected.keys));
  expect(connected?.keys.local).not.toEqual(connected?.keys.remote);
  expect(client.complaints).toEqual([]);
  expect(server.state).toBe('connected');
  expect(server.nextTimeout).toBeUndefined();
});

it('prefers the SRTP profiles in its own order', () => {
  const server = makeServer({ profiles: ['AEAD_AES_128_GCM', 'AES128_CM_HMAC_SHA1_80'] });
  const client = makeClient();
  runHandshake(client, server);
  expect(client.keys).toMatchObject({ profile: 'AEAD_AES_128_GCM', local: { salt: { length: 12 } } });
});

it('agrees over P-256 when x25519 is not offered', () => {
  const client = makeClient(withExtensions([10, uint16Vector([23])]));
  runHandshake(client, makeServer());
  expect(client.keys).toBeDefined();
  expect(client.complaints).toEqual([]);
});

it('negotiates 1.2 with a post-quantum DTLS 1.3 ClientHello in two fragments, in either order', () => {
  for (const reversed of [false, true]) {
    const server = makeServer();
    const client = makeClient(postQuantumHello);
    const flight = client.start(0);
    expect(flight).toHaveLength(2);
    const [first = new Uint8Array(), second = new Uint8Array()] = reversed ? flight.toReversed() : flight;
    expect(sentBy(server.receive(0, first))).toEqual([]);
    const answer = sentBy(server.receive(0, second));
    const flight5 = answer.flatMap((datagram) => client.receive(0, datagram));
    const flight6 = flight5.flatMap((datagram) => sentBy(server.receive(0, datagram)));
    for (const datagram of flight6) client.receive(0, datagram);
    expect(client.keys).toBeDefined();
    // A client that offered 1.3 takes these endings for a downgrade attack (RFC 8446 section 4.1.3).
    expect(toHex(client.serverHelloRandom.subarray(24))).not.toMatch(/^444f574e475244/);
  }
});

it('connects without a retransmission when the fragments of flight 5 arrive backwards, Finished first', () => {
  const server = makeServer();
  const client = makeClient(undefined, 200);
  const flight4 = client.start(0).flatMap((datagram) => sentBy(server.receive(0, datagram)));
  const flight5 = flight4.flatMap((datagram) => client.receive(1, datagram));
  expect(flight5.length).toBeGreaterThan(2);
  const outputs = flight5.toReversed().flatMap((datagram) => server.receive(2, datagram));
  expect(eventsOf(outputs).at(-1)?.type).toBe('connected');
});

it('takes a repeated ClientHello for one only when its end has come', () => {
  const server = makeServer();
  const client = makeClient(postQuantumHello);
  for (const datagram of client.start(0)) server.receive(0, datagram);
  const [first = new Uint8Array(), second = new Uint8Array()] = client.repeatFlight();
  expect(server.receive(100, first)).toEqual([]);
  expect(eventsOf(server.receive(100, second))).toMatchObject([{ retransmission: true }, { retransmission: true }]);
});

it('answers only what was offered', () => {
  const serverHello = (client: DtlsClient): readonly number[] => {
    const server = makeServer();
    const [datagram = new Uint8Array()] = sentBy(server.receive(0, concat(...client.start(0))));
    const [record] = readRecords(datagram);
    const [fragment] = readFragments(record?.fragment ?? new Uint8Array());
    const hello = parseServerHello(fragment?.body ?? new Uint8Array());
    return hello.ok ? [...hello.value.extensions.keys()].sort((a, b) => a - b) : [];
  };
  const without = (...types: readonly number[]) =>
    makeClient((hello) => ({
      ...hello,
      extensions: new Map([...hello.extensions].filter(([type]) => !types.includes(type))),
    }));
  expect(serverHello(makeClient())).toEqual([11, 14, 23, 0xff01]);
  expect(serverHello(without(11, 0xff01))).toEqual([14, 23]);
  const scsv = makeClient((hello) => ({
    ...hello,
    cipherSuites: [...hello.cipherSuites, 0x00ff],
    extensions: new Map([...hello.extensions].filter(([type]) => type !== 0xff01)),
  }));
  expect(serverHello(scsv)).toEqual([11, 14, 23, 0xff01]);
});

it('withholds keys and Finished until signaling brings the fingerprint', () => {
  const server = new DtlsServer({ crypto: nodeCrypto, certificate: identities.server });
  const client = makeClient();
  const { events } = runHandshake(client, server, { untilMs: 5000 });
  expect(events.map((event) => event.type === 'flight' && `${event.direction} ${event.flight}`)).toEqual([
    'in 1',
    'out 4',
    'in 5',
  ]);
  expect(client.keys).toBeUndefined();
  const outputs = server.setRemoteFingerprints(6000, identities.fingerprints);
  expect(eventsOf(outputs)).toMatchObject([
    { type: 'flight', flight: 6 },
    { type: 'connected', durationMs: 5990 },
  ]);
  for (const datagram of sentBy(outputs)) client.receive(6000, datagram);
  expect(client.keys).toBeDefined();
});

it('sends the last flight again when the client repeats its own', () => {
  const server = makeServer();
  const client = makeClient();
  const { nowMs } = runHandshake(client, server);
  const repeated = client.repeatFlight();
  const outputs = repeated.flatMap((datagram) => server.receive(nowMs + 100, datagram));
  expect(eventsOf(outputs)).toMatchObject([
    { type: 'flight', direction: 'in', flight: 5, retransmission: true },
    { type: 'flight', direction: 'out', flight: 6, retransmission: true },
  ]);
  expect(sentBy(outputs)).toHaveLength(1);
  expect(repeated.flatMap((datagram) => server.receive(nowMs + 300, datagram))).toEqual([]); // replayed records
});

it('names what did not come when the handshake takes too long', () => {
  const server = makeServer();
  const [hello = new Uint8Array()] = makeClient().start(0);
  server.receive(1000, hello);
  let flights = 0;
  let last = eventsOf([]);
  for (let due = server.nextTimeout; due !== undefined; due = server.nextTimeout) {
    last = eventsOf(server.handleTimeout(due));
    flights += last.filter((event) => event.type === 'flight').length;
  }
  expect(flights).toBe(11);
  expect(last).toEqual([
    { type: 'failed', fault: { code: 'dtls.timeout', detail: 'no Certificate came' }, at: 31_000 },
  ]);
  expect(server.state).toBe('failed');
  expect(server.receive(32_000, hello)).toEqual([]);
});

it('times out when only the first fragment of a ClientHello ever comes', () => {
  const server = makeServer();
  const [first = new Uint8Array()] = makeClient(postQuantumHello).start(0);
  expect(eventsOf(server.receive(0, first))).toEqual([{ type: 'partial-flight', flight: 1, bytes: 1200, at: 0 }]);
  expect(server.receive(500, first)).toEqual([]);
  expect(server.nextTimeout).toBe(30_000);
  expect(eventsOf(server.handleTimeout(30_000))).toMatchObject([
    { fault: { code: 'dtls.timeout', detail: 'no ClientHello came' } },
  ]);
});

it('says goodbye when closed, and closes when the client does', () => {
  for (const closer of ['server', 'client']) {
    const server = makeServer();
    const client = makeClient();
    runHandshake(client, server);
    const outputs = closer === 'server' ? server.close(100) : server.receive(100, client.closeNotify());
    expect(eventsOf(outputs).at(-1)).toEqual({ type: 'closed', at: 100 });
    for (const datagram of sentBy(outputs)) client.receive(100, datagram);
    expect(client.alerts).toEqual([0]);
    expect(sentBy(outputs).flatMap(readRecords)).toMatchObject([{ epoch: 1 }]);
    expect(server.state).toBe('closed');
    expect(server.receive(101, client.closeNotify())).toEqual([]);
    expect(server.close(101)).toEqual([]);
  }
});

it('closes without a word when nobody came', () => {
  expect(makeServer().close(5)).toEqual([{ type: 'event', event: { type: 'closed', at: 5 } }]);
});

it('refuses an MTU that leaves no room', () => {
  expect(() => makeServer({ mtu: 99 })).toThrow(RangeError);
  expect(() => makeServer({ mtu: Number.NaN })).toThrow(RangeError);
});
