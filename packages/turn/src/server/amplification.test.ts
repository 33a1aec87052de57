import { nodeCrypto } from '@earshot/crypto';
import { printStun, type StunMessage } from '@earshot/stun';
import { describe, expect, it } from 'vitest';
import { MEDIA, REALM, RelayWorld, SECRET, START } from '../testing/relay-world.js';
import { seededBytes } from '../testing/seeded-bytes.js';
import { statusOf, type VirtualTurnClient } from '../testing/virtual-turn-client.js';
import { METHOD_ALLOCATE, METHOD_REFRESH, requestedTransportAttribute } from '../wire/index.js';
import { TurnServer } from './server.js';

const METHOD_BINDING = 1;
const UDP = requestedTransportAttribute(17);
/** Bytes of IP and UDP headers before each message. */
const HEADERS = { 4: 28, 6: 48 } as const;
const nothing = (): void => undefined;

interface Flood {
  readonly method: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** The forged source of a request. */
  readonly source: (index: number) => string;
}

/** The smallest requests there are, and how many bytes came back for each: of UDP payload, and with IP and UDP headers. */
function flood({ method, perSecond, seconds, source }: Flood) {
  let answers = 0;
  let bytes = 0;
  const server = new TurnServer<string, string>({
    crypto: nodeCrypto,
    random: seededBytes(1),
    realm: REALM,
    secrets: [SECRET],
    peers: { own: [MEDIA] },
    io: {
      toClient: (_flow, _bytes, _offset, length) => {
        answers += 1;
        bytes += length;
        return true;
      },
      toPeer: () => false,
      openRelay: nothing,
      closeRelay: nothing,
      closeStream: nothing,
      event: nothing,
    },
  });
  const listener = server.listen('udp');
  const request = printStun({ class: 'request', method, transactionId: new Uint8Array(12) }, []);
  const requests = perSecond * seconds;
  for (let index = 0; index < requests; index += 1) {
    const remote = { address: source(index), port: 1024 + (index % 60_000) };
    server.receiveDatagram(START + (index * 1000) / perSecond, listener, request, remote);
  }
  const headers = HEADERS[source(0).includes(':') ? 6 : 4];
  expect(request).toHaveLength(20);
  expect(server.counters.suppressed).toBe(requests - answers);
  return {
    bytes,
    ratio: bytes / (requests * request.length),
    onTheWire: (bytes + answers * headers) / (requests * (request.length + headers)),
  };
}

const victim = (): string => '192.0.2.1';
const victimV6 = (): string => '2001:db8::1';
const net24 = (index: number): string => `192.0.2.${index % 256}`;
/** Sources all over the Internet. */
const anywhere = (index: number): string =>
  `${1 + ((index * 7) % 223)}.${(index * 13) % 251}.${(index * 29) % 241}.${index % 256}`;

describe('what a flood of requests of 20 bytes with a forged source gets for each byte', () => {
  it.each([
    ['Allocate', METHOD_ALLOCATE, 1000, 5, victim, 0.68, 0.38],
    ['Allocate', METHOD_ALLOCATE, 10_000, 1, victim, 0.55, 0.3],
    ['Refresh from a whole /24', METHOD_REFRESH, 1000, 5, net24, 0.68, 0.38],
    ['Binding', METHOD_BINDING, 1000, 5, victim, 0.68, 0.53],
    ['Allocate over IPv6', METHOD_ALLOCATE, 1000, 5, victimV6, 0.68, 0.32],
    ['Binding over IPv6', METHOD_BINDING, 1000, 5, victimV6, 0.68, 0.42],
    ['Allocate from everywhere', METHOD_ALLOCATE, 20_000, 1, anywhere, 0.95, 0.53],
    ['Binding from everywhere', METHOD_BINDING, 20_000, 1, anywhere, 0.95, 0.75],
  ] as const)('%s (method %i), %i a second for %i s', (_, method, perSecond, seconds, source, ratio, onTheWire) => {
    const result = flood({ method, perSecond, seconds, source });
    expect(result.ratio).toBeCloseTo(ratio, 1);
    expect(result.onTheWire).toBeCloseTo(onTheWire, 1);
    expect(Math.max(result.ratio, result.onTheWire)).toBeLessThan(1);
  });

  it('a slow one gets more for each byte, but never 8 KB at once and 1 KB a second to one network', () => {
    const slow = flood({ method: METHOD_ALLOCATE, perSecond: 10, seconds: 60, source: victim });
    expect(slow.ratio).toBeGreaterThan(4);
    expect(slow.bytes).toBeLessThan(8192 + 60 * 1024 + 600 * 10);
  });

  it('nothing comes back for what is no request', () => {
    const world = new RelayWorld();
    const client = world.udpClient();
    client.send(new Uint8Array(0));
    client.send(Uint8Array.of(0x40, 0, 0, 0));
    client.send(Uint8Array.of(0x80, 0, 0, 0));
    client.send(new Uint8Array(2000));
    for (const kind of ['indication', 'success', 'error'] as const) client.send(client.printPlain(1, [], kind));
    client.send(client.printPlain(0x0f0f));
    client.send(Uint8Array.of(0, 1, 0, 0, ...new Uint8Array(16))); // RFC 3489, without cookie
    expect(client.bytesReceived).toBe(0);
  });
});

describe('who is no attacker', () => {
  it('gets an answer to each keepalive: 40 browsers behind one NAT, one every ten seconds', () => {
    const world = new RelayWorld();
    const clients = Array.from({ length: 40 }, (_, index) =>
      world.udpClient({ address: '192.0.2.1', port: 1024 + index }),
    );
    for (let round = 0; round < 60; round += 1) {
      for (const client of clients) {
        client.binding();
        world.advance(250);
      }
    }
    expect(clients.every(({ responses }) => responses.length === 60)).toBe(true);
  });

  it('gets its allocations: 200 browsers behind one NAT within ten seconds, four each, a fifth of the packets lost', () => {
    const world = new RelayWorld();
    const random = seededBytes(7);
    const isLost = (): boolean => (random(1)[0] ?? 0) < 51;
    let tries = 0;
    /** As over UDP: the same bytes again until an answer arrives. */
    const insist = (client: VirtualTurnClient, bytes: Uint8Array): StunMessage => {
      for (;;) {
        tries += 1;
        const answer = isLost() ? undefined : client.exchange(bytes);
        if (answer !== undefined && !isLost()) return answer;
      }
    };
    for (let index = 0; index < 800; index += 1) {
      const remote = { address: '192.0.2.1', port: 1024 + index };
      const client = world.udpClient(remote, world.credentials(`session-${index >> 2}`));
      client.learn(insist(client, client.printPlain(METHOD_ALLOCATE, [UDP])));
      expect(statusOf(insist(client, client.print(METHOD_ALLOCATE, [UDP])))).toBe(0);
      world.advance(12);
    }
    expect(world.server.counters).toMatchObject({ active: { udp: 800 }, suppressed: 0 });
    expect(tries).toBeGreaterThan(2000);
  });

  it('is heard again soon after his network was abused', () => {
    const world = new RelayWorld();
    const challenges = (count: number): number => {
      const client = world.udpClient({ address: '192.0.2.1', port: 9 });
      for (let index = 0; index < count; index += 1) client.send(client.printPlain(METHOD_ALLOCATE));
      return client.responses.length;
    };
    expect(challenges(2000)).toBeLessThan(400);
    expect(challenges(80)).toBeLessThan(12);
    world.advance(1000);
    expect(world.udpClient({ address: '192.0.2.200', port: 9 }).allocate()).toBe(0);
  });
});
