import { concat } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { MEDIA, RelayWorld } from '../testing/relay-world.js';
import { METHOD_ALLOCATE, requestedTransportAttribute } from '../wire/index.js';

const { advertised, local } = MEDIA;
const DATA = Uint8Array.of(1, 2, 3, 4, 5);
const OTHER = { address: '198.51.100.8', port: 1 };

describe.each(['tcp', 'tls'] as const)('a client over %s', (transport) => {
  it('has its data relayed, padded on its side only', () => {
    const world = new RelayWorld();
    const client = world.streamClient(transport);
    expect(client.allocate()).toBe(0);
    const [relay] = world.relays;
    if (relay === undefined) throw new Error('no relay');
    client.permit(advertised.address);
    client.sendTo(advertised, DATA);
    world.fromPeer(relay, local, DATA);
    client.bind(0x4000, advertised);
    const before = client.bytesReceived;
    client.sendOn(0x4000, DATA);
    world.fromPeer(relay, local, DATA);
    expect(client.bytesReceived - before).toBe(12);
    expect(relay.sent).toEqual([
      { bytes: DATA, to: local },
      { bytes: DATA, to: local },
    ]);
    expect(client.received).toEqual([
      { data: DATA, peer: advertised },
      { data: DATA, channel: 0x4000 },
    ]);
    expect(world.eventsOf('turn.allocated')).toMatchObject([{ transport, client: client.remote }]);
    expect(world.server.counters).toMatchObject({ active: { [transport]: 1 }, streams: 1 });
  });

  it('loses its allocation with its connection', () => {
    const world = new RelayWorld();
    const client = world.streamClient(transport);
    client.allocate();
    client.end();
    client.end();
    expect(world.openRelays).toBe(0);
    expect(world.eventsOf('turn.closed')).toMatchObject([{ reason: 'connection-closed' }]);
    expect(world.server.counters).toMatchObject({ active: { [transport]: 0 }, streams: 0 });
    expect(client.isClosed).toBe(false); // the shell said so, it need not be told
  });
});

it('messages may come in one piece or byte by byte', () => {
  const world = new RelayWorld();
  const client = world.streamClient();
  client.allocate();
  const bind = client.bind(0x4000, advertised);
  expect(bind).toBe(0);
  const channelData = Uint8Array.of(0x40, 0, 0, 1, 9, 0, 0, 0);
  const stream = concat(channelData, client.printPlain(1), channelData, channelData);
  client.send(stream);
  for (const byte of stream) client.send(Uint8Array.of(byte));
  expect(world.relays[0]?.sent).toHaveLength(6);
  expect(client.responses).toHaveLength(5);
});

describe('a connection is closed', () => {
  it.each([
    ['garbage', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')],
    ['a message that announces too much', Uint8Array.of(0x40, 0, 0xff, 0xff)],
    [
      'STUN whose attributes overrun it',
      Uint8Array.of(0, 1, 0, 4, 0x21, 0x12, 0xa4, 0x42, ...new Array(12).fill(0), 0x80, 0x22, 0, 9),
    ],
  ])('after %s, with the allocation it had', (_, bytes) => {
    const world = new RelayWorld();
    const client = world.streamClient();
    client.allocate();
    client.send(concat(client.printPlain(1), bytes, client.printPlain(1)));
    expect(client.isClosed).toBe(true);
    expect(client.responses).toHaveLength(3);
    expect(world.eventsOf('turn.closed')).toMatchObject([{ reason: 'failed' }]);
    expect(world.server.counters).toMatchObject({ streams: 0, dropped: { malformed: 1 } });
    client.send(client.printPlain(1));
    expect(client.responses).toHaveLength(3);
  });

  it('when it says nothing for 30 seconds', () => {
    const world = new RelayWorld();
    const silent = world.streamClient();
    const dripping = world.streamClient('tcp', OTHER);
    for (let times = 0; times < 29; times += 1) {
      world.advance(1000);
      dripping.send(Uint8Array.of(0x40)); // never a whole message
    }
    expect([silent.isClosed, dripping.isClosed]).toEqual([false, true]);
    world.advance(1000);
    expect(silent.isClosed).toBe(true);
    expect(world.server.nextTimeout).toBeUndefined();
  });

  it('when half a message is all that comes', () => {
    const world = new RelayWorld();
    const client = world.streamClient();
    const bytes = client.printPlain(METHOD_ALLOCATE, [requestedTransportAttribute(17)]);
    for (let index = 0; index < 25; index += 1) {
      client.send(bytes.subarray(index, index + 1));
      world.advance(1200);
    }
    expect(client.isClosed).toBe(true);
  });

  it('30 seconds after its allocation ended', () => {
    const world = new RelayWorld();
    const client = world.streamClient();
    client.allocate();
    world.advance(599_000);
    expect(client.isClosed).toBe(false);
    client.refresh(0);
    world.advance(29_999);
    expect(client.isClosed).toBe(false);
    expect(client.allocate()).toBe(0);
    world.advance(600_000);
    expect(client.isClosed).toBe(false);
    world.advance(60_000);
    expect(client.isClosed).toBe(true);
  });
});

it('there are only so many connections, of all and of one address', () => {
  const world = new RelayWorld({ limits: { streams: 4, streamsPerAddress: 2 } });
  const from = (address: string, port: number) => world.streamClient('tcp', { address, port });
  const first = from('192.0.2.1', 1);
  const second = from('192.0.2.1', 2);
  expect([first.isClosed, second.isClosed, from('192.0.2.1', 3).isClosed]).toEqual([false, false, true]);
  first.end();
  expect(from('192.0.2.1', 3).isClosed).toBe(false);
  expect(from('192.0.2.2', 1).isClosed).toBe(false);
  expect(from('2001:db8::1', 1).isClosed).toBe(false);
  for (const client of [first, second]) client.end();
  // A host has all addresses of an IPv6 /64 that it likes.
  expect(from('2001:db8::2', 1).isClosed).toBe(false);
  expect(from('2001:db8::3', 1).isClosed).toBe(true);
});

it('those that only hold a place give way, the longest idle first, but not to their own network', () => {
  const world = new RelayWorld({ limits: { streams: 3, streamsPerAddress: 2 } });
  const from = (address: string, port: number) => world.streamClient('tcp', { address, port });
  const calling = from('192.0.2.1', 1);
  calling.allocate();
  const [first, second] = [from('192.0.2.2', 1), from('192.0.2.2', 2)];
  world.advance(10_000);
  first.send(first.printPlain(1));
  expect(from('192.0.2.2', 3).isClosed).toBe(true);
  const late = from('192.0.2.3', 1);
  expect([calling, first, second, late].map((client) => client.isClosed)).toEqual([false, false, true, false]);
  expect(late.allocate()).toBe(0);
  expect(from('192.0.2.4', 1).allocate()).toBe(0);
  expect(from('192.0.2.5', 1).isClosed).toBe(true);
  expect(world.server.counters.streams).toBe(3);
});
