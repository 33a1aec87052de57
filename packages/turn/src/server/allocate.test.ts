import { toHex } from '@earshot/base';
import {
  ATTRIBUTE_FINGERPRINT,
  ATTRIBUTE_SOFTWARE,
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  decodeXorAddress,
  findAttribute,
  hasAttribute,
  printStun,
  readAlternateServer,
  readText,
  readUnknownAttributes,
  readXorAddress,
} from '@earshot/stun';
import { describe, expect, it } from 'vitest';
import { RELAY_ADDRESS, RelayWorld, START } from '../testing/relay-world.js';
import {
  ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY,
  ATTRIBUTE_DONT_FRAGMENT,
  ATTRIBUTE_EVEN_PORT,
  ATTRIBUTE_REQUESTED_ADDRESS_FAMILY,
  ATTRIBUTE_RESERVATION_TOKEN,
  ATTRIBUTE_XOR_RELAYED_ADDRESS,
  addressFamilyAttribute,
  evenPortAttribute,
  lifetimeAttribute,
  METHOD_ALLOCATE,
  readAddressErrorCode,
  readLifetime,
  requestedTransportAttribute,
} from '../wire/index.js';

const UDP = requestedTransportAttribute(17);
const IPV6 = addressFamilyAttribute(ATTRIBUTE_REQUESTED_ADDRESS_FAMILY, 6);
const BOTH = addressFamilyAttribute(ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY, 6);
const OTHER = { address: '198.51.100.7', port: 4001 };

describe('an Allocate request', () => {
  it('gets a relayed address, a lifetime and its own address, authenticated', () => {
    const world = new RelayWorld({ software: 'Earshot' });
    const client = world.udpClient();
    expect(client.allocate()).toBe(0);
    const [, answer] = client.responses;
    if (answer === undefined) throw new Error('no answer');
    expect(client.relayed).toEqual({ address: RELAY_ADDRESS[4], port: 50_000 });
    expect(readLifetime(answer)).toBe(600_000);
    expect(readXorAddress(answer, ATTRIBUTE_XOR_MAPPED_ADDRESS)).toEqual(client.remote);
    expect(readText(answer, ATTRIBUTE_SOFTWARE)).toBe('Earshot');
    expect(client.lastIntegrity()).toBe('sha1');
    expect(world.events).toEqual([
      {
        tag: 'session-1',
        event: {
          type: 'turn.allocated',
          transport: 'udp',
          client: client.remote,
          relayed: client.relayed,
          lifetimeMs: 600_000,
        },
      },
    ]);
  });

  it('that comes again is answered the same, and makes nothing (section 7.2)', () => {
    const world = new RelayWorld();
    const client = world.udpClient();
    client.hello();
    const bytes = client.print(METHOD_ALLOCATE, [UDP]);
    const first = client.exchange(bytes);
    world.advance(3000);
    const second = client.exchange(bytes);
    expect(toHex(second?.bytes ?? new Uint8Array(0))).toBe(toHex(first?.bytes ?? new Uint8Array(0)));
    expect(world.relays).toHaveLength(1);
    expect(world.server.counters.allocated.udp).toBe(1);
  });

  it('that comes again before its relay is open is answered once', () => {
    const world = new RelayWorld();
    world.opening = 'later';
    const client = world.udpClient();
    client.hello();
    const bytes = client.print(METHOD_ALLOCATE, [UDP]);
    expect(client.exchange(bytes)).toBeUndefined();
    expect(client.exchange(bytes)).toBeUndefined();
    world.openWaiting();
    expect(client.responses).toHaveLength(2);
    expect(world.relays).toHaveLength(1);
  });

  it('on a 5-tuple that has an allocation is a mismatch, whoever asks', () => {
    const world = new RelayWorld();
    const client = world.udpClient();
    expect(client.allocate()).toBe(0);
    expect(client.allocate()).toBe(437);
    expect(client.allocate([], { credentials: world.credentials('session-2') })).toBe(437);
    expect(world.openRelays).toBe(1);
  });

  it('may use a 5-tuple again whose allocation was deleted', () => {
    const world = new RelayWorld();
    const client = world.udpClient();
    client.allocate();
    client.refresh(0);
    client.credentials = world.credentials('session-2');
    expect(client.allocate()).toBe(0);
    expect(client.relayed?.port).toBe(50_001);
    expect(world.relays.map(({ isOpen }) => isOpen)).toEqual([false, true]);
  });

  it.each([
    ['TCP to peers (RFC 6062)', [requestedTransportAttribute(6)], 442],
    ['no transport', [], 400],
    ['a misshapen transport', [{ type: 0x0019, value: Uint8Array.of(17) }], 400],
    ['an unknown address family', [UDP, { type: 0x0017, value: Uint8Array.of(3, 0, 0, 0) }], 440],
    ['one family and both', [UDP, IPV6, BOTH], 400],
    ['IPv4 as the additional one', [UDP, addressFamilyAttribute(ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY, 4)], 400],
    ['both families and a reservation', [UDP, BOTH, evenPortAttribute(true)], 400],
    ['a misshapen EVEN-PORT', [UDP, { type: ATTRIBUTE_EVEN_PORT, value: new Uint8Array(4) }], 400],
    ['a token with EVEN-PORT', [UDP, { type: 0x0022, value: new Uint8Array(8) }, evenPortAttribute(false)], 400],
    ['a token with a family', [UDP, { type: 0x0022, value: new Uint8Array(8) }, IPV6], 400],
    ['a misshapen token', [UDP, { type: 0x0022, value: new Uint8Array(4) }], 400],
    ['a token of no reservation', [UDP, { type: 0x0022, value: new Uint8Array(8) }], 508],
  ])('that asks for %s is refused', (_, attributes, status) => {
    const world = new RelayWorld();
    const client = world.udpClient();
    expect(client.request(METHOD_ALLOCATE, attributes)).toBe(status);
    expect(client.lastIntegrity()).toBe('sha1');
    expect(world.relays).toHaveLength(0);
    expect(world.server.counters.active.udp).toBe(0);
  });

  it('with DONT-FRAGMENT learns that the bit cannot be set (section 7.2, step 4)', () => {
    const client = new RelayWorld().udpClient();
    const attributes = [UDP, { type: ATTRIBUTE_DONT_FRAGMENT, value: new Uint8Array(0) }];
    expect(client.request(METHOD_ALLOCATE, attributes)).toBe(420);
    const answer = client.responses.at(-1);
    expect(answer && readUnknownAttributes(answer)).toEqual([ATTRIBUTE_DONT_FRAGMENT]);
  });

  it.each([
    [undefined, 600_000],
    [0, 600_000],
    [60_000, 600_000],
    [1_200_000, 1_200_000],
    [86_400_000, 3_600_000],
  ])('for %s ms lasts %s ms', (asked, granted) => {
    const world = new RelayWorld();
    const client = world.udpClient();
    client.allocate(asked === undefined ? [] : [lifetimeAttribute(asked)]);
    const answer = client.responses.at(-1);
    expect(answer && readLifetime(answer)).toBe(granted);
    world.advance(granted - 1);
    expect(world.openRelays).toBe(1);
    world.advance(1);
    expect(world.openRelays).toBe(0);
    expect(world.eventsOf('turn.closed')).toMatchObject([{ reason: 'expired', durationMs: granted }]);
    expect(client.refresh(600_000)).toBe(437);
  });
});

describe('address families', () => {
  it('IPv6 is relayed on request', () => {
    const client = new RelayWorld().udpClient();
    expect(client.allocate([IPV6])).toBe(0);
    expect(client.relayed).toEqual({ address: RELAY_ADDRESS[6], port: 50_000 });
  });

  it('both are given to who asks for both', () => {
    const world = new RelayWorld();
    const client = world.udpClient();
    expect(client.allocate([BOTH])).toBe(0);
    const relayed = client.responses
      .at(-1)
      ?.attributes.filter(({ type }) => type === ATTRIBUTE_XOR_RELAYED_ADDRESS)
      .map(({ value }) => decodeXorAddress(value, client.responses.at(-1)?.transactionId ?? value)?.address);
    expect(relayed).toEqual([RELAY_ADDRESS[4], RELAY_ADDRESS[6]]);
    expect(world.eventsOf('turn.allocated')).toHaveLength(2);
    expect(world.server.counters.active.udp).toBe(1);
  });

  it.each([
    [[4] as const, IPV6],
    [[6] as const, undefined],
    [[] as const, BOTH],
  ])('with only %j, the other is not supported', (families, attribute) => {
    const client = new RelayWorld({ families }).udpClient();
    expect(client.allocate(attribute ? [attribute] : [])).toBe(440);
  });

  it.each([
    [4, 6],
    [6, 4],
  ] as const)('IPv%s alone is better than nothing for who asks for both', (had, missing) => {
    const client = new RelayWorld({ families: [had] }).udpClient();
    expect(client.allocate([BOTH])).toBe(0);
    expect(client.relayed?.address).toBe(RELAY_ADDRESS[had]);
    const answer = client.responses.at(-1);
    expect(answer && readAddressErrorCode(answer)).toEqual({ family: missing, code: 440 });
  });

  it('what cannot be opened is said (508) beside what can', () => {
    const world = new RelayWorld();
    world.opening = 'later';
    const client = world.udpClient();
    client.allocate([BOTH]);
    const [, openIpv6] = world.waiting;
    world.waiting.length = 0;
    openIpv6?.();
    expect(client.responses).toHaveLength(1);
    world.advance(5000); // IPv4 was not opened in time
    const answer = client.responses.at(-1);
    expect(answer?.class).toBe('success');
    expect(answer && readAddressErrorCode(answer)).toEqual({ family: 4, code: 508 });
    expect(world.openRelays).toBe(1);
  });
});

describe('EVEN-PORT', () => {
  it('gives an even port', () => {
    const world = new RelayWorld();
    world.udpClient(OTHER).allocate();
    const client = world.udpClient();
    client.allocate([evenPortAttribute(false)]);
    expect(client.relayed?.port).toBe(50_002);
    expect(world.openRelays).toBe(2);
  });

  it('reserves the port above, for one allocation of the same user within 30 seconds', () => {
    const world = new RelayWorld();
    const client = world.udpClient();
    client.allocate([evenPortAttribute(true)]);
    const token = findAttribute(client.responses.at(-1) ?? fail(), ATTRIBUTE_RESERVATION_TOKEN);
    if (token === undefined) throw new Error('no token');
    expect(token.value).toHaveLength(8);
    expect(world.openRelays).toBe(2);

    const claim = [{ type: ATTRIBUTE_RESERVATION_TOKEN, value: token.value.slice() }];
    const stranger = world.udpClient({ address: '198.51.100.8', port: 1 }, world.credentials('session-2'));
    expect(stranger.allocate(claim)).toBe(508);
    world.advance(29_999);
    const second = world.udpClient(OTHER);
    expect(second.allocate(claim)).toBe(0);
    expect(second.relayed?.port).toBe((client.relayed?.port ?? 0) + 1);
    expect(world.udpClient({ ...OTHER, port: 2 }).allocate(claim)).toBe(508);

    second.refresh(0);
    client.refresh(0);
    expect(world.openRelays).toBe(0);
  });

  it('frees a port that nobody claims', () => {
    const world = new RelayWorld();
    world.udpClient().allocate([evenPortAttribute(true)]);
    world.advance(30_000);
    expect(world.openRelays).toBe(1);
  });

  it('fails whole when only one of two ports can be had', () => {
    const world = new RelayWorld();
    world.opening = 'fail';
    const client = world.udpClient();
    expect(client.allocate([evenPortAttribute(true)])).toBe(508);
    world.opening = 'now';
    expect(client.allocate([evenPortAttribute(true)])).toBe(0);
  });
});

describe('quotas', () => {
  const limits = { allocationsPerUser: 2, allocations: 3 };
  const at = (port: number) => ({ address: '198.51.100.7', port });

  it('486 for one user, 508 for all, and room again when one ends', () => {
    const world = new RelayWorld({ limits });
    const first = world.udpClient(at(1));
    expect(first.allocate()).toBe(0);
    expect(world.udpClient(at(2)).allocate()).toBe(0);
    expect(world.udpClient(at(3)).allocate()).toBe(486);
    const second = world.credentials('session-2');
    expect(world.udpClient(at(4), second).allocate()).toBe(0);
    expect(world.udpClient(at(5), second).allocate()).toBe(508);
    first.refresh(0);
    expect(world.udpClient(at(5), second).allocate()).toBe(0);
    expect(world.eventsOf('turn.refused')).toMatchObject([
      { method: 'allocate', status: 486, code: 'turn.quota_reached', count: 1 },
      { method: 'allocate', status: 508, code: 'turn.relay_full', count: 1 },
    ]);
    expect(world.server.counters.refused).toEqual({ 'turn.quota_reached': 1, 'turn.relay_full': 1 });
  });

  it('count a user by the tag, not by the credentials', () => {
    const world = new RelayWorld({ limits });
    world.udpClient(at(1)).allocate();
    world.udpClient(at(2), world.credentials('session-1', 7_200_000)).allocate();
    expect(world.udpClient(at(3), world.credentials('session-1', 8_000_000)).allocate()).toBe(486);
  });

  it('count reservations, and give them back', () => {
    const world = new RelayWorld({ limits });
    const client = world.udpClient(at(1));
    expect(client.allocate([evenPortAttribute(true)])).toBe(0);
    expect(world.udpClient(at(2)).allocate()).toBe(486);
    world.advance(30_000);
    expect(world.udpClient(at(2)).allocate()).toBe(0);
  });

  it('give back what a failed relay had', () => {
    const world = new RelayWorld({ limits });
    world.opening = 'fail';
    for (let port = 1; port < 10; port += 1) {
      expect(world.udpClient(at(port)).allocate(port % 2 === 0 ? [] : [evenPortAttribute(true)])).toBe(508);
    }
    world.opening = 'now';
    expect(world.udpClient(at(1)).allocate()).toBe(0);
    expect(world.udpClient(at(2)).allocate()).toBe(0);
  });
});

describe('relays that the shell is slow with', () => {
  it('are answered when they are open', () => {
    const world = new RelayWorld();
    world.opening = 'later';
    const client = world.udpClient();
    expect(client.allocate()).toBeUndefined();
    expect(client.refresh()).toBe(437);
    world.advance(200);
    world.openWaiting();
    expect(client.responses.at(-1)?.class).toBe('success');
  });

  it('are given up after 5 seconds, and closed when they come then', () => {
    const world = new RelayWorld();
    world.opening = 'later';
    const client = world.udpClient();
    client.allocate();
    world.advance(5000);
    expect(client.responses.map((answer) => answer.class)).toEqual(['error', 'error']);
    world.openWaiting();
    expect(world.relays).toHaveLength(1);
    expect(world.openRelays).toBe(0);
    expect(world.eventsOf('turn.closed')).toHaveLength(0);
  });

  it('are closed when their client has gone in the meantime', () => {
    const world = new RelayWorld();
    world.opening = 'later';
    const client = world.streamClient();
    client.allocate([evenPortAttribute(true)]);
    client.end();
    world.openWaiting();
    expect(world.relays).toHaveLength(2);
    expect(world.openRelays).toBe(0);
  });
});

it('a relay that breaks ends its allocation', () => {
  const world = new RelayWorld();
  const client = world.udpClient();
  client.allocate();
  world.server.relayFailed(world.now, world.relayAt(client.relayed).turn);
  expect(world.eventsOf('turn.closed')).toMatchObject([{ reason: 'failed' }]);
  expect(client.refresh()).toBe(437);
});

describe('draining', () => {
  it('lets go on what there is and refuses what is new', () => {
    const world = new RelayWorld();
    const client = world.udpClient();
    client.allocate();
    world.server.drain();
    expect(client.refresh()).toBe(0);
    const late = world.udpClient(OTHER);
    expect(late.allocate()).toBe(508);
    expect(world.eventsOf('turn.refused')).toMatchObject([{ status: 508, code: 'turn.draining' }]);
  });

  it.each([
    ['udp', { address: '192.0.2.44', port: 3478 }, 300],
    ['tcp', { address: '192.0.2.44', port: 3478 }, 300],
    ['tls', { address: '192.0.2.44', port: 5349 }, 508],
    ['udp', { address: '2001:db8::44', port: 3478 }, 508],
  ] as const)('sends %s clients to %j where they can go there', (transport, alternate, status) => {
    const world = new RelayWorld();
    world.server.drain(alternate);
    const client = transport === 'udp' ? world.udpClient() : world.streamClient(transport);
    expect(client.allocate()).toBe(status);
    const answer = client.responses.at(-1);
    expect(answer && readAlternateServer(answer)).toEqual(status === 300 ? alternate : undefined);
  });

  it('closes everything at the end', () => {
    const world = new RelayWorld();
    world.udpClient().allocate([evenPortAttribute(true)]);
    const stream = world.streamClient();
    stream.allocate();
    world.server.close(START + 1000);
    expect(world.openRelays).toBe(0);
    expect(stream.isClosed).toBe(true);
    expect(world.eventsOf('turn.closed').map(({ reason }) => reason)).toEqual(['shutdown', 'shutdown']);
    expect(world.server.counters).toMatchObject({ active: { udp: 0, tcp: 0, tls: 0 }, streams: 0 });
    expect(world.server.nextTimeout).toBeUndefined();
  });
});

it('a request with a wrong FINGERPRINT is no STUN message', () => {
  const world = new RelayWorld();
  const client = world.udpClient();
  const fingerprint = { type: ATTRIBUTE_FINGERPRINT, value: new Uint8Array(4) };
  expect(client.exchange(client.printPlain(METHOD_ALLOCATE, [UDP, fingerprint]))).toBeUndefined();
  expect(client.binding([fingerprint])).toBeUndefined();
  expect(world.server.counters.dropped.malformed).toBe(2);
  const right = printStun({ class: 'request', method: 1, transactionId: new Uint8Array(12) }, [], {
    fingerprint: true,
  });
  expect(client.exchange(right)?.class).toBe('success');
});

it('SOFTWARE is not said to those who proved nothing', () => {
  const client = new RelayWorld({ software: 'Earshot' }).udpClient();
  client.hello();
  expect(hasAttribute(client.responses[0] ?? fail(), ATTRIBUTE_SOFTWARE)).toBe(false);
  expect(client.permit('203.0.113.9')).toBe(437);
  expect(hasAttribute(client.responses[1] ?? fail(), ATTRIBUTE_SOFTWARE)).toBe(false);
});

function fail(): never {
  throw new Error('no answer');
}
