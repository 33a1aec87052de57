import type { TransportAddress } from '@earshot/base';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RelayWorld } from '../testing/relay-world.js';
import type { VirtualTurnClient } from '../testing/virtual-turn-client.js';

const PEERS: readonly TransportAddress[] = [
  { address: '192.0.2.1', port: 1 },
  { address: '192.0.2.1', port: 2 },
  { address: '192.0.2.2', port: 1 },
];
const CHANNELS = [0x4000, 0x4001, 0x4fff];
const CLIENTS = 2;
const DATA = Uint8Array.of(1, 2, 3);

/** What RFC 8656 says an allocation is, without any of the server's tables. */
interface Model {
  expiresAt: number;
  readonly permissions: Map<string, number>;
  readonly channels: Map<number, { readonly peer: TransportAddress; expiresAt: number }>;
}

const step = fc.record({
  kind: fc.constantFrom(
    'allocate',
    'refresh',
    'release',
    'permit',
    'bind',
    'sendTo',
    'sendOn',
    'fromPeer',
    'wait',
    'wait',
  ),
  client: fc.nat(CLIENTS - 1),
  peer: fc.constantFrom(...PEERS),
  channel: fc.constantFrom(...CHANNELS),
  /** ms: often just before or after something expires. */
  wait: fc.oneof(fc.constantFrom(1, 299_999, 300_000, 300_001), fc.nat(400_000)),
});

/** The channel of a peer that is bound now, and the peer of a channel. */
function bindingOf(model: Model, now: number, peer: TransportAddress): number | undefined {
  for (const [channel, bound] of model.channels) if (bound.peer === peer && now < bound.expiresAt) return channel;
  return undefined;
}

const holds = (expiresAt: number | undefined, now: number): boolean => expiresAt !== undefined && now < expiresAt;

it.each(['udp', 'tcp'] as const)('does over %s what the RFC says, in any order and at any time', (transport) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const limits = { nonceLifetime: 1e9, streamIdle: 1e9 };
      const world = new RelayWorld({ peers: { own: [], ranges: ['192.0.2.0/24'] }, limits });
      const models: (Model | undefined)[] = [];
      const clients: VirtualTurnClient[] = Array.from({ length: CLIENTS }, (_, port) => {
        const remote = { address: '198.51.100.7', port: 1 + port };
        const credentials = world.credentials(`session-${port}`, 1e10);
        return transport === 'udp'
          ? world.udpClient(remote, credentials)
          : world.streamClient(transport, remote, credentials);
      });

      for (const { kind, client: index, peer, channel, wait } of steps) {
        const client = clients[index] as VirtualTurnClient;
        const found = models[index];
        const model = found !== undefined && world.now < found.expiresAt ? found : undefined;
        const relay = model && world.relayAt(client.relayed);
        const sent = world.server.counters.packetsUp;
        const { now } = world;
        const isPermitted = holds(model?.permissions.get(peer.address), now);

        if (kind === 'wait') {
          world.advance(wait);
        } else if (kind === 'allocate') {
          expect(client.allocate()).toBe(model ? 437 : 0);
          models[index] = model ?? { expiresAt: now + 600_000, permissions: new Map(), channels: new Map() };
        } else if (kind === 'refresh') {
          expect(client.refresh()).toBe(model ? 0 : 437);
          if (model !== undefined) model.expiresAt = now + 600_000;
        } else if (kind === 'release') {
          expect(client.refresh(0)).toBe(model ? 0 : 437);
          models[index] = undefined;
        } else if (kind === 'permit') {
          expect(client.permit(peer.address)).toBe(model ? 0 : 437);
          model?.permissions.set(peer.address, now + 300_000);
        } else if (kind === 'bind') {
          const bound = model?.channels.get(channel);
          const isTaken = bound !== undefined && now < bound.expiresAt && bound.peer !== peer;
          const other = model && bindingOf(model, now, peer);
          const conflicts = isTaken || (other !== undefined && other !== channel);
          expect(client.bind(channel, peer)).toBe(model === undefined ? 437 : conflicts ? 400 : 0);
          if (!conflicts) model?.permissions.set(peer.address, now + 300_000);
          if (!conflicts) model?.channels.set(channel, { peer, expiresAt: now + 600_000 });
        } else if (kind === 'sendTo') {
          client.sendTo(peer, DATA);
          expect(world.server.counters.packetsUp - sent).toBe(isPermitted ? 1 : 0);
          if (isPermitted) expect(relay?.sent.at(-1)).toEqual({ bytes: DATA, to: peer });
        } else if (kind === 'sendOn') {
          const bound = model?.channels.get(channel);
          const isBound = bound !== undefined && now < bound.expiresAt;
          const isSent = isBound && holds(model?.permissions.get(bound.peer.address), now);
          client.sendOn(channel, DATA);
          expect(world.server.counters.packetsUp - sent).toBe(isSent ? 1 : 0);
          if (isSent) expect(relay?.sent.at(-1)).toEqual({ bytes: DATA, to: bound.peer });
        } else if (relay !== undefined) {
          const before = client.received.length;
          world.fromPeer(relay, peer, DATA);
          const bound = model && bindingOf(model, now, peer);
          const expected = bound === undefined ? { data: DATA, peer } : { data: DATA, channel: bound };
          expect(client.received.slice(before)).toEqual(isPermitted ? [expected] : []);
        }
        expect(world.openRelays).toBe(models.filter((each) => holds(each?.expiresAt, world.now)).length);
      }
    }),
    { seed: 8656, numRuns: 150 },
  );
});
