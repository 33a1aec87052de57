import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Fault } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { openLink, RelaySession } from '@earshot/gateway';
import type { RelayEvent } from '@earshot/telemetry';
import { createTurnCredentials, parseRelayUrl } from '@earshot/turn';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RelayThread } from '../../apps/gateway/dist/turn/relay-thread.js';
import { startGateway } from '../harness/gateway.js';
import { until } from '../harness/process.js';

// The relay's thread as built: it breaks down, and is stopped, in the middle of relaying.

const HOST = '127.0.0.1';
const SECRET = 'a secret of this test and nobody else';
const ENTRY = new URL('../../apps/gateway/dist/turn/worker-entry.js', import.meta.url);

let media: Socket;
let relay: RelayThread;
const workers: Worker[] = [];
const crashes: Fault[] = [];
const events: RelayEvent[] = [];
const sessions: RelaySession[] = [];

beforeEach(async () => {
  media = createSocket('udp4', (packet, from) => media.send(packet, from.port, from.address));
  media.bind(0, HOST);
  await once(media, 'listening');
  const started = await RelayThread.start({
    settings: {
      hosts: [HOST],
      port: 0,
      tlsPort: 0,
      realm: 'earshot',
      software: 'test',
      relayPorts: [0, 0],
      allowPeers: [],
      limits: {},
      media: [{ public: HOST, local: HOST, port: media.address().port }],
      secrets: [SECRET],
    },
    log: { debug: () => {}, warn: () => {} },
    onEvent: (event) => events.push(event),
    onCrash: (failure) => crashes.push(failure),
    startThread: (settings) => {
      // As built: not by the sources, which tests are run on.
      const worker = new Worker(ENTRY, { workerData: settings, execArgv: [] });
      workers.push(worker);
      return worker;
    },
  });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  relay = started.value;
});

afterEach(async () => {
  await relay.close();
  await Promise.all(sessions.splice(0).map((session) => session.close()));
  media.close();
  for (const list of [workers, crashes, events]) list.length = 0;
});

async function allocated(transport: 'udp' | 'tcp'): Promise<RelaySession | undefined> {
  const url = parseRelayUrl(`turn:${HOST}:${relay.ports[transport]}?transport=${transport}`);
  const link = url && (await openLink(url, { timeoutMs: 5_000 }));
  if (!link?.ok) return undefined;
  const credentials = createTurnCredentials(nodeCrypto, SECRET, Date.now() + 600_000, 'tester');
  const timing = { rtoMs: 100, requests: 3, lastWait: 4, reliableMs: 1_000 };
  const session = new RelaySession(link.value, { credentials, timing });
  sessions.push(session);
  return (await session.allocate()).ok ? session : undefined;
}

/** Sends packet upon packet, as soon as the one before has come back. */
async function relayOn(session: RelaySession): Promise<{ readonly received: () => number }> {
  const peer = { address: HOST, port: media.address().port };
  expect(await session.bindChannel(peer)).toMatchObject({ ok: true });
  let received = 0;
  session.onData = () => {
    received += 1;
    session.send(peer, Buffer.alloc(172));
  };
  session.send(peer, Buffer.alloc(172));
  return { received: () => received };
}

const flows = (received: () => number): Promise<true> =>
  until('packets to come back', () => (received() > 20 ? true : undefined));

it('comes back after a breakdown on the ports that clients know, and is missed by name', async () => {
  const { ports } = relay;
  for (const transport of ['udp', 'tcp'] as const) {
    const session = await until('an allocation', () => allocated(transport));
    await flows((await relayOn(session)).received);
  }
  await until('the counters', () => (relay.counters.packetsUp > 40 ? true : undefined));
  const before = relay.counters;
  await workers[0]?.terminate();
  const again = await until('another allocation', () => allocated('udp'));
  expect(crashes).toMatchObject([{ code: 'turn.worker_failed' }]);
  expect(relay.ports).toEqual(ports);
  expect(workers.length).toBe(2);
  await flows((await relayOn(again)).received);
  await until('the counters', () => (relay.counters.packetsUp > before.packetsUp ? true : undefined));
  // What was there went with the thread; figures that only rise have not fallen.
  expect(relay.counters.active.tcp).toBe(0);
  expect(relay.counters.allocated.tcp).toBe(1);
});

it('says of every allocation that it is over, when it is stopped in the middle of relaying', async () => {
  for (const transport of ['udp', 'tcp'] as const) {
    const session = await until('an allocation', () => allocated(transport));
    await flows((await relayOn(session)).received);
  }
  await relay.close();
  const ends = events.filter((event) => event.type === 'turn.closed');
  expect(ends).toMatchObject([
    { transport: 'udp', reason: 'shutdown' },
    { transport: 'tcp', reason: 'shutdown' },
  ]);
  for (const end of ends) expect(end.packetsDown).toBeGreaterThan(20);
  expect(crashes).toEqual([]);
  expect(relay.counters.active).toEqual({ udp: 0, tcp: 0, tls: 0 });
});

it('keeps a gateway from starting by the name of the port that is taken', async () => {
  const { udp = 0 } = relay.ports;
  await expect(startGateway({ turn: { hosts: [HOST], port: udp } })).rejects.toThrow(
    new RegExp(`server\\.port_in_use.*turn\\.port ${udp}`),
  );
});
