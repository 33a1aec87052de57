import { ByteWriter, concat, type TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { parseStun, type StunAttributeValue } from '@earshot/stun';
import {
  ATTRIBUTE_DATA,
  createTurnCredentials,
  lifetimeAttribute,
  METHOD_ALLOCATE,
  METHOD_CHANNEL_BIND,
  METHOD_CREATE_PERMISSION,
  METHOD_REFRESH,
  METHOD_SEND,
  type OpenedRelay,
  requestedTransportAttribute,
  type TurnFlow,
  type TurnRelay,
  TurnServer,
} from '@earshot/turn';
import fc from 'fast-check';
import { seededBytes } from '../../../packages/turn/src/testing/seeded-bytes.js';
import { peerAttribute, VirtualTurnClient } from '../../../packages/turn/src/testing/virtual-turn-client.js';
import type { FuzzTarget } from '../campaign.js';

const START = 1_767_225_600_000;
const SECRET = 'north wind over the harbour';
const MEDIA = { advertised: { address: '203.0.113.9', port: 40_000 }, local: { address: '10.0.0.5', port: 40_000 } };
const CLIENT = { address: '198.51.100.7', port: 4000 };
const NEWCOMER = { address: '198.51.100.7', port: 4001 };
const CREDENTIALS = createTurnCredentials(nodeCrypto, SECRET, START + 1e11, 'session-1');
const METHODS = [METHOD_ALLOCATE, METHOD_REFRESH, METHOD_CREATE_PERMISSION, METHOD_CHANNEL_BIND, 1, METHOD_SEND];
const UDP = requestedTransportAttribute(17);
/** Of the credentials: put anew where a message is signed. */
const CREDENTIAL_TYPES = new Set([0x0006, 0x0008, 0x0014, 0x0015, 0x001c, 0x001d, 0x8002, 0x8028]);

const attribute = fc.record({
  type: fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(0x0c, 0x0d, 0x12, 0x13, 0x17, 0x18, 0x19, 0x1a, 0x22, 0x8000, 0x06, 0x08, 0x1c),
    },
    { weight: 1, arbitrary: fc.nat(0xffff) },
  ),
  value: fc.oneof(
    fc
      .constantFrom([17, 0, 0, 0], [1, 0, 0, 0], [2, 0, 0, 0], [0x40, 0, 0, 0], [0x80], [0, 0, 0, 0])
      .map((bytes) => Uint8Array.from(bytes)),
    fc.constant(peerAttribute(MEDIA.advertised, new Uint8Array(12)).value),
    fc.uint8Array({ maxLength: 24 }),
  ),
});

const stunMessage = fc
  .record({
    method: fc.constantFrom(...METHODS),
    bits: fc.constantFrom(0, 0, 0, 0x10, 0x110),
    attributes: fc.array(attribute, { maxLength: 8 }),
  })
  .map(({ method, bits, attributes }) => {
    const body = new ByteWriter();
    for (const { type, value } of attributes) {
      const padding = new Uint8Array((4 - (value.length % 4)) % 4);
      body.u16(type).u16(value.length).put(value).put(padding);
    }
    const bytes = body.finish();
    const header = new ByteWriter(20)
      .u16(method | bits)
      .u16(bytes.length)
      .u32(0x2112a442);
    return concat(header.finish(), new Uint8Array(12), bytes);
  });

const channelData = fc
  .record({
    channel: fc.oneof(fc.constant(0x4000), fc.integer({ min: 0x3ff0, max: 0x5010 })),
    data: fc.uint8Array({ maxLength: 60 }),
    length: fc.option(fc.nat(0xffff), { freq: 4 }),
  })
  .map(({ channel, data, length }) =>
    new ByteWriter()
      .u16(channel)
      .u16(length ?? data.length)
      .put(data)
      .finish(),
  );

const discard = (): void => undefined;

const clientAt = (remote: TransportAddress, send: (bytes: Uint8Array) => void): VirtualTurnClient =>
  new VirtualTurnClient({ transport: 'udp', remote, credentials: CREDENTIALS, send, end: discard });

const seeds = (() => {
  const client = clientAt(CLIENT, discard);
  const id = client.nextTransactionId();
  const peer = peerAttribute(MEDIA.advertised, id);
  return [
    client.printPlain(METHOD_ALLOCATE, [UDP, lifetimeAttribute(600_000)]),
    client.print(METHOD_CREATE_PERMISSION, [peer], { transactionId: id }),
    client.printPlain(METHOD_SEND, [peer, { type: ATTRIBUTE_DATA, value: new Uint8Array(30) }], 'indication'),
    Uint8Array.of(0x40, 0, 0, 4, 1, 2, 3, 4),
    concat(client.printPlain(1), Uint8Array.of(0x40, 0, 0, 1, 9, 0, 0, 0), client.printPlain(1)),
  ];
})();

/** A server with one client that has an allocation and keeps it, whatever else comes. */
export const turn: FuzzTarget = {
  name: 'TURN',
  seeds,
  structured: fc.oneof({ weight: 3, arbitrary: stunMessage }, { weight: 1, arbitrary: channelData }),
  create: () => {
    const relays = new Map<number, TurnRelay<number>>();
    let port = 50_000;
    let now = START;
    const server = new TurnServer<string, number>({
      crypto: nodeCrypto,
      random: seededBytes(1),
      realm: 'earshot',
      secrets: [SECRET],
      peers: { own: [MEDIA] },
      io: {
        toClient: (flow, bytes, offset, length) => {
          const receiver = clients.find(({ remote }) => remote.port === flow.remote.port && flow.transport === 'udp');
          receiver?.receive(bytes.slice(offset, offset + length));
          return true;
        },
        toPeer: (_relay, _bytes, _offset, _length, { address, port: to }) => {
          if (address !== MEDIA.local.address || to !== MEDIA.local.port) throw new Error(`sent to ${address}:${to}`);
          return true;
        },
        openRelay: (relay, next) => {
          const open = (turn: TurnRelay<number>): OpenedRelay<number> => {
            port += 1;
            relays.set(port, turn);
            return { relay: port, address: { address: '203.0.113.9', port: port & 0xffff } };
          };
          server.relayOpened(now, relay, open(relay), next && open(next));
        },
        closeRelay: (relay) => void relays.delete(relay),
        closeStream: () => undefined,
        event: (event) => void JSON.stringify(event),
      },
    });
    const listener = server.listen('udp');
    const [client, newcomer] = [CLIENT, NEWCOMER].map((remote) =>
      clientAt(remote, (bytes) => server.receiveDatagram(now, listener, bytes, remote)),
    ) as [VirtualTurnClient, VirtualTurnClient];
    const clients = [client, newcomer];
    let stream: TurnFlow<string> | undefined;

    /** The same with right credentials, so that it is looked at. */
    const authenticated = (input: Uint8Array): void => {
      const message = parseStun(input);
      if (!message.ok || message.value.class !== 'request') return;
      const { method, attributes, transactionId } = message.value;
      const kept: StunAttributeValue[] = attributes.filter(({ type }) => !CREDENTIAL_TYPES.has(type));
      client.send(client.print(method, kept, { transactionId }));
      newcomer.send(newcomer.print(METHOD_ALLOCATE, [UDP, ...kept], { transactionId }));
      newcomer.refresh(0);
    };

    return (input, tick) => {
      now = START + tick * 50;
      if (tick % 64 === 1) {
        for (const each of clients) each.nonce = undefined;
        newcomer.hello();
        client.allocate();
        client.bind(0x4000, MEDIA.advertised);
      }
      for (const each of clients) {
        each.responses.length = 0;
        each.received.length = 0;
      }
      const from: TransportAddress = { address: `192.0.${tick % 250}.1`, port: tick % 65_536 };
      server.receiveDatagram(now, listener, input, CLIENT);
      server.receiveDatagram(now, listener, input, from);
      authenticated(input);
      stream ??= server.openStream(now, 'tcp', 'tcp', from);
      if (stream !== undefined) {
        const before = server.counters.streams;
        server.receiveStream(now, stream, input);
        if (server.counters.streams < before) stream = undefined;
      }
      for (const relay of relays.values()) server.receiveFromPeer(now, relay, input, MEDIA.local);
      while ((server.nextTimeout ?? Number.POSITIVE_INFINITY) <= now) server.handleTimeout(now);
    };
  },
};
