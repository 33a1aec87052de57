import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import {
  ATTRIBUTE_NONCE,
  ATTRIBUTE_REALM,
  ATTRIBUTE_USERNAME,
  METHOD_BINDING,
  printStun,
  type StunAttributeValue,
  textAttribute,
} from '@earshot/stun';
import {
  METHOD_ALLOCATE,
  METHOD_REFRESH,
  PROTOCOL_UDP,
  requestedTransportAttribute,
  StreamFramer,
  TurnClient,
  type TurnClientOutput,
} from '@earshot/turn';
import { afterEach, describe, expect, it } from 'vitest';
import { now } from '../clock.js';
import { lacksIpv6 } from '../testing/machine.js';
import { credentials, HOST, type Inbox, RelayWorld, roundTrip } from './testing/relay-world.js';

// Attacks on real sockets; the rules themselves are tested on a virtual clock in packages/turn.

const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
const OWN = addresses.flatMap(({ family, internal, address }) => (family === 'IPv4' && !internal ? [address] : []));

const worlds: RelayWorld[] = [];

async function start(...args: Parameters<typeof RelayWorld.start>): Promise<RelayWorld> {
  const world = await RelayWorld.start(...args);
  worlds.push(world);
  return world;
}

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

describe('a peer that is not allowed', () => {
  const PORT = 3478;

  const FORBIDDEN: readonly (readonly [string, readonly string[]])[] = [
    ['the unspecified address', ['0.0.0.0']],
    ['loopback', ['127.0.0.53', '127.255.255.254']],
    ['a link-local address', ['169.254.169.254']],
    ['a private address', ['10.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.1.1']],
    ['shared address space', ['100.64.0.1']],
    ['multicast and broadcast', ['224.0.0.1', '239.255.255.250', '255.255.255.255']],
    ['an address of this host', OWN],
    ['anybody out there', ['198.51.100.1', '203.0.113.9']],
  ];
  const FORBIDDEN_IPV6: readonly (readonly [string, readonly string[]])[] = [
    ['the unspecified address', ['::']],
    ['a link-local address', ['fe80::1']],
    ['a unique local address', ['fc00::1', 'fdff::1']],
    ['an IPv4-mapped address', ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:192.0.2.1']],
    ['translated and tunnelled IPv4', ['64:ff9b::7f00:1', '2002:7f00:1::1']],
    ['multicast', ['ff02::1', 'ff0e::1']],
    ['anybody out there', ['2001:db8::1']],
  ];

  async function isRefused(world: RelayWorld, family: 4 | 6, peers: readonly string[]): Promise<void> {
    const session = await world.allocated('udp', { family });
    for (const address of peers) {
      const refused = { ok: false, error: { code: expect.stringMatching(/^turn\.(peer_forbidden|unsupported)$/) } };
      expect([address, await session.permit(address)]).toMatchObject([address, refused]);
      expect([address, await session.bindChannel({ address, port: PORT })]).toMatchObject([address, refused]);
      session.send({ address, port: PORT }, Buffer.from('let me through'));
    }
    // What came before this has been dealt with.
    await session.refresh();
    expect(world.relay.counters.packetsUp).toBe(0);
    const { dropped } = world.relay.counters;
    expect(dropped.forbidden + dropped.malformed).toBe(peers.length);
  }

  it.each(FORBIDDEN)('is refused by permission, channel and indication: %s', async (_, peers) => {
    await isRefused(await start(), 4, peers);
  });

  it.skipIf(lacksIpv6()).each(FORBIDDEN_IPV6)(
    'is refused by permission, channel and indication: %s (IPv6)',
    async (_, peers) => {
      await isRefused(await start({}, '::1'), 6, peers);
    },
  );

  it('is another service beside our media, though its address is the same', async () => {
    const world = await start();
    const service = await world.inbox();
    const relay: TransportAddress = { address: HOST, port: world.ports.udp ?? 0 };
    const session = await world.allocated('udp');
    const other = await (await world.session('udp')).allocate();
    const neighbour = other.ok ? other.value.relayed : relay;
    // A permission names no port: this one is for our media.
    expect(await session.permit(HOST)).toMatchObject({ ok: true });
    for (const peer of [service.local, relay, neighbour]) {
      expect(await session.bindChannel(peer)).toMatchObject({ ok: false, error: { code: 'turn.peer_forbidden' } });
      session.send(peer, Buffer.from('let me through'));
    }
    expect(await roundTrip(session, world.echo, 'hello')).toMatch(/^hello/);
    expect(service.packets).toEqual([]);
    expect(world.relay.counters).toMatchObject({ packetsUp: 1, dropped: { forbidden: 3 } });
  });

  it('cannot send in: only our media reaches a client', async () => {
    const world = await start();
    const stranger = await world.inbox();
    const session = await world.session('udp');
    const allocated = await session.allocate();
    if (!allocated.ok) throw new Error(allocated.error.code);
    await session.permit(HOST);
    await stranger.send(Buffer.from('noise'), allocated.value.relayed);
    expect(await roundTrip(session, world.echo, 'hello')).toBe(`hello from ${HOST}:${world.echo.port}`);
    expect(world.relay.counters).toMatchObject({ packetsDown: 1, dropped: { 'no-permission': 1 } });
  });

  it('is allowed by its own address alone, however wide a range is opened', async () => {
    const world = await start({ allowPeers: ['0.0.0.0/0', '::/0'] });
    const session = await world.allocated('udp');
    expect(await session.permit('198.51.100.1')).toMatchObject({ ok: true });
    for (const address of ['127.0.0.53', '10.0.0.1', '169.254.169.254', '224.0.0.1', ...OWN]) {
      expect(await session.permit(address)).toMatchObject({ ok: false, error: { code: 'turn.peer_forbidden' } });
    }
  });
});

describe('wrong credentials', () => {
  it.each([
    ['that have expired', () => credentials('tester', -1_000), 'turn.credentials_expired'],
    [
      'that were forged',
      () => ({ ...credentials('tester'), password: 'Zm9yZ2VkIGJ5IG5vYm9keQ==' }),
      'turn.auth_failed',
    ],
    ['of another secret', () => credentials('tester', 600_000, 'a secret of somebody else'), 'turn.auth_failed'],
    ['of another form', () => ({ username: 'admin', password: 'admin' }), 'turn.auth_failed'],
    ['with a quote', () => ({ username: `${'9'.repeat(10)}:a'"; %s`, password: 'x' }), 'turn.auth_failed'],
  ])('%s get no allocation, over UDP and TCP', async (_, make, code) => {
    const world = await start();
    for (const transport of ['udp', 'tcp'] as const) {
      const session = await world.session(transport, { credentials: make() });
      expect(await session.allocate()).toMatchObject({ ok: false, error: { code } });
    }
    expect(world.relay.counters.allocated).toEqual({ udp: 0, tcp: 0, tls: 0 });
  });

  it('that expire are refused at refresh', async () => {
    const world = await start();
    const session = await world.allocated('udp', { credentials: credentials('tester', 2_000) });
    const deadline = performance.now() + 10_000;
    let refreshed = await session.refresh();
    while (refreshed.ok && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      refreshed = await session.refresh();
    }
    expect(refreshed).toMatchObject({ ok: false, error: { code: 'turn.credentials_expired' } });
  });
});

const request = (method: number, attributes: readonly StunAttributeValue[] = []): Uint8Array =>
  printStun({ class: 'request', method, transactionId: randomBytes(12) }, attributes);

/** What somebody sends who has no credentials, or wrong ones. */
const BOGUS: Readonly<Record<string, () => Uint8Array>> = {
  'Binding, as short as can be': () => request(METHOD_BINDING),
  'Allocate without credentials': () => request(METHOD_ALLOCATE, [requestedTransportAttribute(PROTOCOL_UDP)]),
  'Allocate with nothing in it': () => request(METHOD_ALLOCATE),
  'Refresh without an allocation': () => request(METHOD_REFRESH),
  'a method that nobody knows': () => request(0x0ff),
  'Allocate with forged credentials': () =>
    printStun(
      { class: 'request', method: METHOD_ALLOCATE, transactionId: randomBytes(12) },
      [
        requestedTransportAttribute(PROTOCOL_UDP),
        textAttribute(ATTRIBUTE_USERNAME, `9999999999:${randomBytes(8).toString('hex')}`),
        textAttribute(ATTRIBUTE_REALM, 'earshot'),
        textAttribute(ATTRIBUTE_NONCE, randomBytes(16).toString('hex')),
      ],
      { integrity: { crypto: nodeCrypto, algorithm: 'sha1', key: randomBytes(16) } },
    ),
  'ChannelData of nobody': () => Uint8Array.of(0x40, 0, 0, 4, 1, 2, 3, 4),
  noise: () => randomBytes(40),
};

const BURST = 20;

/** The event loop's next turn, after what the sockets have received. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Sends so many from many sources at once, and waits until the relay has dealt with all. */
async function flood(world: RelayWorld, sources: readonly Inbox[], count: number, make: () => Uint8Array) {
  const to = { address: HOST, port: world.ports.udp ?? 0 };
  const before = sources.reduce((sum, source) => sum + source.bytes, 0);
  let sent = 0;
  for (let index = 0; index < count; index += 1) {
    const bytes = make();
    sent += bytes.length;
    const leaving = sources[index % sources.length]?.send(bytes, to);
    // Lets the relay read, so that no buffer overflows.
    if (index % BURST === 0) {
      await leaving;
      await nextTurn();
    }
  }
  // Answered or not, this is dealt with after everything else: its session waits for the answer.
  const probe = await world.session('tcp', { credentials: credentials(`probe-${randomBytes(4).toString('hex')}`) });
  await probe.allocate();
  await probe.close();
  await nextTurn();
  return { sent, received: sources.reduce((sum, source) => sum + source.bytes, 0) - before };
}

describe('a flood from sources without credentials', () => {
  it.each(Object.entries(BOGUS))('gets no more octets than it sends: %s', async (_, make) => {
    const world = await start();
    const sources = await Promise.all(Array.from({ length: 20 }, () => world.inbox()));
    const { sent, received } = await flood(world, sources, 2_000, make);
    expect(received / sent).toBeLessThanOrEqual(1);
    expect(world.relay.counters.active.udp).toBe(0);
  });

  it('of 10,000 Allocates leaves no memory behind, and keeps nobody from relaying', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = (): number => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const world = await start();
    const session = await world.allocated('udp');
    await session.bindChannel(world.echo);
    const sources = await Promise.all(Array.from({ length: 50 }, () => world.inbox()));
    const forget = (): void => {
      for (const { packets } of sources) packets.length = 0;
    };
    const kinds = Object.values(BOGUS);
    let turn = 0;
    const all = (): Uint8Array => {
      turn += 1;
      return kinds[turn % kinds.length]?.() ?? new Uint8Array();
    };
    await flood(world, sources, 4_000, all);
    forget();
    const before = used();
    await flood(world, sources, 10_000, all);
    forget();
    expect(used() - before).toBeLessThan(2 << 20);
    expect(await roundTrip(session, world.echo, 'hello')).toMatch(/^hello/);
  }, 30_000);
});

describe('connections', () => {
  const opened: Socket[] = [];

  afterEach(() => {
    for (const socket of opened.splice(0)) socket.destroy();
  });

  async function open(world: RelayWorld): Promise<{ readonly socket: Socket; readonly closed: Promise<void> }> {
    const socket = connect(world.ports.tcp ?? 0, HOST);
    opened.push(socket);
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.resume();
    return { socket, closed };
  }

  it('that say nothing, or never come to an end of it, are closed', async () => {
    const world = await start({ limits: { streamIdle: 150 } });
    const silent = await open(world);
    const dripping = await open(world);
    const allocate = request(METHOD_ALLOCATE, [requestedTransportAttribute(PROTOCOL_UDP)]);
    let at = 0;
    const dripper = setInterval(() => {
      at += 1;
      if (at < allocate.length) dripping.socket.write(allocate.subarray(at - 1, at));
    }, 10);
    const session = await world.allocated('tcp');
    await Promise.all([silent.closed, dripping.closed]);
    clearInterval(dripper);
    expect(at).toBeLessThan(allocate.length);
    expect(await session.refresh()).toMatchObject({ ok: true });
    expect(world.relay.counters.streams).toBe(1);
  });

  it('that speak something else are closed at once', async () => {
    const world = await start();
    const web = await open(world);
    web.socket.write('GET / HTTP/1.1\r\n\r\n');
    await web.closed;
  });

  it('are limited for each address', async () => {
    const world = await start({ limits: { streamsPerAddress: 2 } });
    const kept = [await open(world), await open(world)];
    await (await open(world)).closed;
    kept[0]?.socket.destroy();
    await kept[0]?.closed;
    await expect.poll(() => world.relay.counters.streams).toBe(1);
    await world.allocated('tcp');
  });

  it('that do not read have their packets dropped, as a network would', async () => {
    const world = await start({ limits: { bitsPerSecond: 10_000_000_000 } });
    const media = await world.inbox();
    world.relay.setMedia([{ public: HOST, local: HOST, port: media.local.port }]);
    const { socket } = await open(world);
    const client = new TurnClient({ crypto: nodeCrypto, transport: 'tcp', credentials: credentials('slow') });
    const framer = new StreamFramer();
    const relayed = await new Promise<TransportAddress>((resolve) => {
      const perform = (outputs: readonly TurnClientOutput[]): void => {
        for (const output of outputs) {
          if (output.type === 'send') socket.write(output.bytes);
          else if (output.event.type === 'allocated') perform(client.bindChannel(now(), media.local));
          else if (output.event.type === 'bound' && client.relayed !== undefined) resolve(client.relayed);
        }
      };
      socket.on('data', (chunk: Uint8Array) => {
        framer.push(chunk);
        while (framer.next()) {
          perform(client.receive(now(), framer.bytes.slice(framer.offset, framer.offset + framer.length)));
        }
      });
      perform(client.allocate(now()));
    });
    socket.pause();
    const packet = Buffer.alloc(1400, 1);
    // The system's own buffers take some megabytes first.
    for (let count = 0; world.relay.counters.dropped.blocked === 0; count += 1) {
      expect(count).toBeLessThan(100_000);
      await media.send(packet, relayed);
      if (count % BURST === 0) await nextTurn();
    }
    expect(world.relay.counters.packetsDown).toBeGreaterThan(0);
    // Others are not held up.
    const session = await world.allocated('tcp');
    expect(await session.refresh()).toMatchObject({ ok: true });
  }, 30_000);
});
