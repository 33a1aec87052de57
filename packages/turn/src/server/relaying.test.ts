import { describe, expect, it } from 'vitest';
import { MEDIA, MEDIA_V6, RelayWorld } from '../testing/relay-world.js';
import {
  ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY,
  ATTRIBUTE_DONT_FRAGMENT,
  addressFamilyAttribute,
  METHOD_SEND,
} from '../wire/index.js';

const { advertised, local } = MEDIA;
const BOTH = addressFamilyAttribute(ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY, 6);
const data = (length: number, first = 1): Uint8Array => Uint8Array.from({ length }, (_, index) => first + index);

function allocated(settings: ConstructorParameters<typeof RelayWorld>[0] = {}) {
  const world = new RelayWorld(settings);
  const client = world.udpClient();
  client.allocate([BOTH]);
  client.permit(advertised.address, MEDIA_V6.advertised.address);
  const [relay, relayV6] = world.relays;
  if (relay === undefined || relayV6 === undefined) throw new Error('no relay');
  return { world, client, relay, relayV6 };
}

describe('data', () => {
  it.each([0, 1, 2, 3, 4, 160, 1200, 9000])(
    'of %i bytes goes up and down, on channels and in indications',
    (length) => {
      const { world, client, relay, relayV6 } = allocated({ limits: { bitsPerSecond: 1e9 } });
      const bytes = data(length);
      client.sendTo(advertised, bytes);
      client.sendTo(MEDIA_V6.advertised, bytes);
      world.advance(1000);
      world.fromPeer(relay, local, bytes);
      world.fromPeer(relayV6, MEDIA_V6.local, bytes);
      client.bind(0x4001, advertised);
      client.bind(0x4002, MEDIA_V6.advertised);
      world.advance(2000);
      client.sendOn(0x4001, bytes);
      client.sendOn(0x4002, bytes);
      world.fromPeer(relay, local, bytes);
      world.fromPeer(relayV6, MEDIA_V6.local, bytes);
      expect(relay.sent).toEqual([
        { bytes, to: local },
        { bytes, to: local },
      ]);
      expect(relayV6.sent).toEqual([
        { bytes, to: MEDIA_V6.local },
        { bytes, to: MEDIA_V6.local },
      ]);
      expect(client.received).toEqual([
        { data: bytes, peer: advertised },
        { data: bytes, peer: MEDIA_V6.advertised },
        { data: bytes, channel: 0x4001 },
        { data: bytes, channel: 0x4002 },
      ]);
    },
  );

  it('may be as long as a datagram can be', () => {
    const { world, client, relay } = allocated({ limits: { bitsPerSecond: 1e9 } });
    const bytes = data(65_000);
    client.bind(0x4001, advertised);
    client.sendOn(0x4001, bytes);
    client.sendTo(advertised, bytes);
    world.fromPeer(relay, local, data(65_507));
    expect(relay.sent.map((sent) => sent.bytes.length)).toEqual([65_000, 65_000]);
    expect(relay.sent.map((sent) => sent.bytes.at(-1))).toEqual([bytes.at(-1), bytes.at(-1)]);
    expect(client.received.map((received) => received.data.length)).toEqual([65_507]);
  });

  it('goes to one and the same address object, so that the shell can keep what it knows of it', () => {
    const { client, relay } = allocated();
    client.bind(0x4001, advertised);
    client.sendOn(0x4001, data(4));
    client.sendTo(advertised, data(4));
    expect(relay.sent[0]?.to).toBe(relay.sent[1]?.to);
  });

  it('may have the padding that UDP does not need', () => {
    const { client, relay } = allocated();
    client.bind(0x4001, advertised);
    client.send(Uint8Array.of(0x40, 0x01, 0, 1, 9, 0, 0, 0));
    expect(relay.sent).toEqual([{ bytes: Uint8Array.of(9), to: local }]);
  });

  it('from a peer that the client never sent to is given under the name the client permitted', () => {
    const { world, client, relay } = allocated();
    world.fromPeer(relay, local, data(4));
    expect(client.received).toEqual([{ data: data(4), peer: advertised }]);
  });

  it('is counted, and its first of each direction is said', () => {
    const { world, client, relay } = allocated();
    for (let times = 0; times < 3; times += 1) {
      client.sendTo(advertised, data(10));
      world.fromPeer(relay, local, data(20));
    }
    expect(world.server.counters).toMatchObject({ packetsUp: 3, bytesUp: 30, packetsDown: 3, bytesDown: 60 });
    const client_ = { transport: 'udp', client: client.remote };
    expect(world.eventsOf('turn.relaying')).toEqual([
      { type: 'turn.relaying', ...client_, peer: advertised, direction: 'up' },
      { type: 'turn.relaying', ...client_, peer: advertised, direction: 'down' },
    ]);
    world.advance(5000);
    client.refresh(0);
    expect(world.eventsOf('turn.closed')).toEqual([
      {
        type: 'turn.closed',
        ...client_,
        reason: 'refresh-zero',
        durationMs: 5000,
        packetsUp: 3,
        packetsDown: 3,
        bytesUp: 30,
        bytesDown: 60,
        droppedUp: 0,
        droppedDown: 0,
      },
    ]);
  });
});

describe('what is not relayed', () => {
  it.each([
    ['another address', { address: '10.0.0.99', port: 40_000 }],
    ['another port', { address: '10.0.0.5', port: 40_001 }],
    ['the advertised address itself', advertised],
    ['an IPv6 address', MEDIA_V6.local],
  ])('packets to a relay from %s', (_, from) => {
    const { world, client, relay } = allocated();
    client.bind(0x4001, advertised);
    world.fromPeer(relay, local, data(4));
    world.fromPeer(relay, from, data(4));
    expect(client.received).toHaveLength(1);
    expect(world.server.counters.dropped['no-permission']).toBe(1);
  });

  it.each([
    ['on a channel that nobody bound', Uint8Array.of(0x40, 0x99, 0, 1, 9), 'no-channel'],
    ['that is shorter than it claims', Uint8Array.of(0x40, 0x01, 0, 9, 9), 'malformed'],
    ['that is no header', Uint8Array.of(0x40, 0x01), 'malformed'],
    ['of a reserved range', Uint8Array.of(0x80, 0x01, 0, 0), 'malformed'],
    ['that is empty', new Uint8Array(0), 'malformed'],
  ] as const)('ChannelData %s', (_, bytes, reason) => {
    const { world, client, relay } = allocated();
    client.bind(0x4001, advertised);
    client.send(bytes);
    expect(relay.sent).toHaveLength(0);
    expect(world.server.counters.dropped[reason]).toBe(1);
  });

  it('data of who has no allocation', () => {
    const world = new RelayWorld();
    const client = world.udpClient();
    client.sendOn(0x4000, data(4));
    client.sendTo(advertised, data(4));
    expect(world.server.counters.dropped['no-allocation']).toBe(2);
    expect(client.responses).toHaveLength(0);
  });

  it('Send indications that want something unknown, lack something, or are cut', () => {
    const { world, client, relay } = allocated();
    client.sendTo(advertised, data(4), [{ type: ATTRIBUTE_DONT_FRAGMENT, value: new Uint8Array(0) }]);
    client.sendTo(advertised, data(4), [{ type: 0x7001, value: new Uint8Array(3) }]);
    client.send(client.printPlain(METHOD_SEND, [{ type: 0x0013, value: data(4) }], 'indication'));
    client.send(client.printPlain(METHOD_SEND, [{ type: 0x0012, value: data(8) }], 'indication'));
    const whole = client.printPlain(METHOD_SEND, [{ type: 0x0013, value: data(4) }], 'indication');
    client.send(whole.subarray(0, whole.length - 2));
    client.send(whole.subarray(0, 10));
    expect(relay.sent).toHaveLength(0);
    expect(world.server.counters.dropped.malformed).toBe(6);
    client.sendTo(advertised, data(4), [{ type: 0x8abc, value: new Uint8Array(3) }]);
    expect(relay.sent).toHaveLength(1);
  });

  it('Send indications whose attributes do not end with them', () => {
    const { world, client, relay } = allocated();
    const sent = client.printSend(advertised, data(5));
    client.send(sent);
    expect(relay.sent).toHaveLength(1);
    for (const length of [sent.length - 3, sent.length + 2]) {
      const bytes = new Uint8Array(length);
      bytes.set(sent.subarray(0, length));
      bytes[3] = length - 20;
      client.send(bytes);
    }
    expect(relay.sent).toHaveLength(1);
    expect(world.server.counters.dropped.malformed).toBe(2);
  });

  it('Send indications to where the relay does not lead, which is said', () => {
    const { world, client, relay } = allocated();
    for (let times = 0; times < 5; times += 1) client.sendTo({ ...advertised, port: 22 }, data(4));
    expect(relay.sent).toHaveLength(0);
    expect(world.server.counters.dropped.forbidden).toBe(5);
    expect(world.eventsOf('turn.refused')).toMatchObject([
      { method: 'send', status: 403, code: 'turn.peer_forbidden', peer: { port: 22 }, count: 1 },
      { count: 2 },
      { count: 4 },
    ]);
  });

  it('what a socket does not take', () => {
    const { world, client, relay } = allocated();
    client.sendTo(advertised, data(4));
    world.takesMore = false;
    client.sendTo(advertised, data(4));
    world.fromPeer(relay, local, data(4));
    world.takesMore = true;
    expect(world.server.counters).toMatchObject({ packetsUp: 1, packetsDown: 0, dropped: { blocked: 2 } });
  });

  it('more than the bandwidth of an allocation, in each direction by itself', () => {
    const { world, client, relay } = allocated({ limits: { bitsPerSecond: 800_000 } });
    client.bind(0x4001, advertised);
    const up = (): number => {
      const before = relay.sent.length;
      for (let times = 0; times < 300; times += 1) client.sendOn(0x4001, data(1000));
      return relay.sent.length - before;
    };
    expect(up()).toBe(100); // one second in store
    for (let times = 0; times < 300; times += 1) world.fromPeer(relay, local, data(1000));
    expect(client.received).toHaveLength(100);
    world.advance(250);
    expect(up()).toBe(25);
    client.refresh(0);
    expect(world.eventsOf('turn.closed')).toMatchObject([{ droppedUp: 475, droppedDown: 200 }]);
  });
});

describe('a peer with two names', () => {
  const lan = { advertised: { address: '192.0.2.5', port: 40_000 }, local };

  it('answers by the name that the client used last', () => {
    const world = new RelayWorld({ peers: { own: [MEDIA, lan] } });
    const client = world.udpClient();
    client.allocate();
    const [relay] = world.relays;
    if (relay === undefined) throw new Error('no relay');
    client.bind(0x4001, advertised);
    client.bind(0x4002, lan.advertised);
    const channels = [0x4001, 0x4002, 0x4002, 0x4001];
    for (const channel of channels) {
      client.sendOn(channel, data(4));
      world.fromPeer(relay, local, data(4));
    }
    expect(client.received.map(({ channel }) => channel)).toEqual(channels);
    expect(relay.sent.every(({ to }) => to.address === local.address)).toBe(true);
  });

  it('is heard under the one that is permitted', () => {
    const world = new RelayWorld({ peers: { own: [MEDIA, lan] } });
    const client = world.udpClient();
    client.allocate();
    client.permit(lan.advertised.address);
    world.fromPeer(world.relays[0] ?? fail(), local, data(4));
    expect(client.received).toEqual([{ data: data(4), peer: lan.advertised }]);
  });
});

it('peers without a channel are forgotten, oldest first, when there are many', () => {
  const world = new RelayWorld({ peers: { own: [], ranges: ['192.0.2.0/24'] } });
  const client = world.udpClient();
  client.allocate();
  client.permit('192.0.2.1');
  client.bind(0x4000, { address: '192.0.2.1', port: 1 });
  for (let port = 2; port < 1000; port += 1) client.sendTo({ address: '192.0.2.1', port }, data(4));
  client.sendOn(0x4000, data(4));
  expect(world.server.counters.packetsUp).toBe(999);
  world.fromPeer(world.relays[0] ?? fail(), { address: '192.0.2.1', port: 1 }, data(4));
  world.fromPeer(world.relays[0] ?? fail(), { address: '192.0.2.1', port: 2 }, data(4));
  expect(client.received).toEqual([
    { data: data(4), channel: 0x4000 },
    { data: data(4), peer: { address: '192.0.2.1', port: 2 } },
  ]);
});

it('inputs of another server mean nothing', () => {
  const { client } = allocated();
  const world = new RelayWorld();
  const foreign = { family: 4, evenPort: false, relay: undefined, address: undefined } as const;
  world.server.receiveFromPeer(world.now, foreign, data(4), local);
  world.server.relayFailed(world.now, foreign);
  expect(() =>
    world.server.receiveDatagram(world.now, { client: { deliver: fail, closed: fail } }, data(4), local),
  ).toThrow(TypeError);
  expect(client.refresh()).toBe(0);
});

function fail(): never {
  throw new Error('not there');
}
