import { expect, it } from 'vitest';
import { MEDIA, RelayWorld } from '../testing/relay-world.js';

const PACKETS = 20_000;
/** Bytes for each packet: the time of day in a box or two (16 each), as the compiler sees fit. Any object has more. */
const TOLERATED = 36;
/** The compiler needs some thousand packets, and its thread may have to wait for a core. */
const ROUNDS = 200;

function world() {
  const relayWorld = new RelayWorld({ limits: { bitsPerSecond: 1e12 } });
  const client = relayWorld.udpClient();
  client.allocate();
  client.bind(0x4000, MEDIA.advertised);
  const [relay] = relayWorld.relays;
  if (relay === undefined) throw new Error('no relay');
  relayWorld.forgets = true;
  return { relayWorld, client, relay };
}

/** Bytes of heap for each packet, at best: the first rounds are interpreted, and a collection in between shows less than nothing. */
function garbageOf(relayPacket: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS && least > TOLERATED; round += 1) {
    const before = process.memoryUsage().heapUsed;
    for (let packet = 0; packet < PACKETS; packet += 1) relayPacket();
    const made = process.memoryUsage().heapUsed - before;
    if (made >= 0) least = Math.min(least, made / PACKETS);
  }
  return least;
}

it('ChannelData from a client makes no garbage', () => {
  const { relayWorld, client } = world();
  const bytes = Uint8Array.of(0x40, 0, 0, 160, ...new Uint8Array(160));
  expect(
    garbageOf(() => relayWorld.server.receiveDatagram(relayWorld.now, relayWorld.listener, bytes, client.remote)),
  ).toBeLessThanOrEqual(TOLERATED);
});

it('a packet from a peer makes no garbage', () => {
  const { relayWorld, relay } = world();
  const bytes = new Uint8Array(160);
  expect(
    garbageOf(() => relayWorld.server.receiveFromPeer(relayWorld.now, relay.turn, bytes, MEDIA.local)),
  ).toBeLessThanOrEqual(TOLERATED);
});

it('a Send indication makes no garbage', () => {
  const { relayWorld, client } = world();
  const bytes = client.printSend(MEDIA.advertised, new Uint8Array(160));
  expect(
    garbageOf(() => relayWorld.server.receiveDatagram(relayWorld.now, relayWorld.listener, bytes, client.remote)),
  ).toBeLessThanOrEqual(TOLERATED);
});

it('the measure knows garbage when it sees some', () => {
  const kept: object[] = [{}];
  expect(
    garbageOf(() => {
      kept[0] = { address: '192.0.2.1', port: 1 };
    }),
  ).toBeGreaterThan(TOLERATED);
});
