import { describe, expect, it } from 'vitest';
import { MEDIA, MEDIA_V6, RelayWorld } from '../testing/relay-world.js';
import {
  ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY,
  ATTRIBUTE_REQUESTED_ADDRESS_FAMILY,
  ATTRIBUTE_XOR_PEER_ADDRESS,
  addressFamilyAttribute,
  channelNumberAttribute,
  METHOD_CHANNEL_BIND,
  METHOD_CREATE_PERMISSION,
  readLifetime,
} from '../wire/index.js';

const { advertised, local } = MEDIA;
const DATA = Uint8Array.of(1, 2, 3, 4, 5);
const MINUTE = 60_000;
const BOTH = addressFamilyAttribute(ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY, 6);
const family = (which: 4 | 6) => addressFamilyAttribute(ATTRIBUTE_REQUESTED_ADDRESS_FAMILY, which);
/** A second worker of the gateway, and peers elsewhere. */
const SECOND = {
  advertised: { address: advertised.address, port: 40_001 },
  local: { address: local.address, port: 40_001 },
};

function allocated(settings: ConstructorParameters<typeof RelayWorld>[0] = {}, attributes = [BOTH]) {
  const world = new RelayWorld({ peers: { own: [MEDIA, MEDIA_V6, SECOND] }, ...settings });
  const client = world.udpClient();
  if (client.allocate(attributes) !== 0) throw new Error('no allocation');
  const [relay, relayV6] = world.relays;
  if (relay === undefined) throw new Error('no relay');
  return { world, client, relay, relayV6: relayV6 ?? relay };
}

describe('Refresh', () => {
  it('resets the time-to-expiry', () => {
    const { world, client } = allocated();
    world.advance(9 * MINUTE);
    expect(client.refresh(1_800_000)).toBe(0);
    const answer = client.responses.at(-1);
    expect(answer && readLifetime(answer)).toBe(1_800_000);
    world.advance(30 * MINUTE - 1);
    expect(world.openRelays).toBe(2);
    world.advance(1);
    expect(world.openRelays).toBe(0);
  });

  it('to zero deletes, also what was sent again', () => {
    const { world, client } = allocated();
    expect(client.refresh(0)).toBe(0);
    const answer = client.responses.at(-1);
    expect(answer && readLifetime(answer)).toBe(0);
    expect(client.refresh(0)).toBe(437);
    expect(world.openRelays).toBe(0);
    expect(world.eventsOf('turn.closed')).toMatchObject([{ reason: 'refresh-zero' }]);
    expect(world.server.counters.active.udp).toBe(0);
  });

  it('of one family leaves the other alone', () => {
    const { world, client, relay, relayV6 } = allocated();
    client.bind(0x4000, advertised);
    client.bind(0x4001, MEDIA_V6.advertised);
    expect(client.refresh(0, [family(4)])).toBe(0);
    expect([relay.isOpen, relayV6.isOpen]).toEqual([false, true]);
    expect(client.refresh(0, [family(4)])).toBe(443);
    client.sendOn(0x4000, DATA);
    client.sendOn(0x4001, DATA);
    expect(relayV6.sent).toHaveLength(1);
    world.advance(5 * MINUTE);
    expect(client.refresh(1_800_000, [family(6)])).toBe(0);
    world.advance(25 * MINUTE);
    expect(relayV6.isOpen).toBe(true);
  });

  it('of one family lets the other expire', () => {
    const { world, client, relay, relayV6 } = allocated();
    client.refresh(1_200_000, [family(6)]);
    world.advance(10 * MINUTE);
    expect([relay.isOpen, relayV6.isOpen]).toEqual([false, true]);
    expect(client.permit(advertised.address)).toBe(443);
    expect(client.permit(MEDIA_V6.advertised.address)).toBe(0);
  });

  it('of a family that the allocation never had is a mismatch', () => {
    const { client } = allocated({}, []);
    expect(client.refresh(undefined, [family(6)])).toBe(443);
    expect(client.refresh(undefined, [{ type: 0x0017, value: Uint8Array.of(9, 0, 0, 0) }])).toBe(443);
  });
});

describe('CreatePermission', () => {
  it('lets data to and from all its peers for five minutes', () => {
    const { world, client, relay, relayV6 } = allocated();
    expect(client.permit(advertised.address, MEDIA_V6.advertised.address)).toBe(0);
    world.advance(5 * MINUTE - 1);
    client.sendTo(advertised, DATA);
    client.sendTo(MEDIA_V6.advertised, DATA);
    world.fromPeer(relay, local, DATA);
    expect([relay.sent.length, relayV6.sent.length, client.received.length]).toEqual([1, 1, 1]);
    world.advance(1);
    client.sendTo(advertised, DATA);
    world.fromPeer(relay, local, DATA);
    expect([relay.sent.length, client.received.length]).toEqual([1, 1]);
    expect(world.server.counters.dropped['no-permission']).toBe(2);
  });

  it('renews them', () => {
    const { world, client, relay } = allocated();
    client.permit(advertised.address);
    client.sendTo(advertised, DATA);
    world.advance(4 * MINUTE);
    client.permit(advertised.address);
    world.advance(4 * MINUTE);
    client.sendTo(advertised, DATA);
    expect(relay.sent).toHaveLength(2);
    world.advance(1.5 * MINUTE);
    client.sendTo(advertised, DATA);
    client.permit(advertised.address);
    client.sendTo(advertised, DATA);
    expect(relay.sent).toHaveLength(3);
  });

  it('installs none when one is refused', () => {
    const { world, client, relay } = allocated();
    expect(client.permit(advertised.address, '192.0.2.99')).toBe(403);
    client.sendTo(advertised, DATA);
    expect(relay.sent).toHaveLength(0);
    expect(world.eventsOf('turn.refused')).toMatchObject([{ peer: { address: '192.0.2.99', port: 0 } }]);
  });

  it('without a peer, or with a misshapen one, is a bad request', () => {
    const { client } = allocated();
    expect(client.permit()).toBe(400);
    const misshapen = { type: ATTRIBUTE_XOR_PEER_ADDRESS, value: Uint8Array.of(0, 3, 0, 0, 1, 2, 3, 4) };
    expect(client.request(METHOD_CREATE_PERMISSION, [misshapen])).toBe(400);
  });

  it('of a family that is not relayed is a mismatch', () => {
    const { client } = allocated({}, []);
    expect(client.permit(MEDIA_V6.advertised.address)).toBe(443);
    expect(client.permit(advertised.address)).toBe(0);
  });

  it('beyond the table is refused, until some have expired', () => {
    const { world, client } = allocated({ limits: { permissions: 2 }, peers: { own: [], ranges: ['192.0.2.0/24'] } });
    expect(client.permit('192.0.2.1', '192.0.2.2', '192.0.2.3')).toBe(508);
    expect(client.permit('192.0.2.1', '192.0.2.1', '192.0.2.2')).toBe(0);
    expect(client.permit('192.0.2.3')).toBe(508);
    expect(client.permit('192.0.2.2')).toBe(0);
    world.advance(5 * MINUTE);
    expect(client.permit('192.0.2.3', '192.0.2.4')).toBe(0);
  });
});

describe('ChannelBind', () => {
  it('makes a channel of ten minutes and a permission of five', () => {
    const { world, client, relay } = allocated();
    expect(client.bind(0x4000, advertised)).toBe(0);
    client.sendOn(0x4000, DATA);
    expect(relay.sent).toEqual([{ bytes: DATA, to: local }]);
    world.fromPeer(relay, local, DATA);
    expect(client.received).toEqual([{ data: DATA, channel: 0x4000 }]);

    world.advance(5 * MINUTE);
    client.sendOn(0x4000, DATA);
    expect(relay.sent).toHaveLength(1);
    client.permit(advertised.address);
    client.sendOn(0x4000, DATA);
    expect(relay.sent).toHaveLength(2);

    client.refresh(1_200_000);
    world.advance(5 * MINUTE - 1);
    client.permit(advertised.address);
    client.sendOn(0x4000, DATA);
    world.fromPeer(relay, local, DATA);
    expect([relay.sent.length, client.received.at(-1)?.channel]).toEqual([3, 0x4000]);
    world.advance(1);
    client.sendOn(0x4000, DATA);
    world.fromPeer(relay, local, DATA);
    expect(relay.sent).toHaveLength(3);
    expect(client.received.at(-1)).toEqual({ data: DATA, peer: advertised });
    expect(world.server.counters.dropped['no-channel']).toBe(1);
  });

  it('again refreshes both', () => {
    const { world, client, relay } = allocated();
    client.bind(0x4000, advertised);
    for (let times = 0; times < 10; times += 1) {
      world.advance(4 * MINUTE);
      client.refresh();
      expect(client.bind(0x4000, advertised)).toBe(0);
    }
    world.advance(4 * MINUTE);
    client.sendOn(0x4000, DATA);
    expect(relay.sent).toHaveLength(1);
  });

  it('binds one channel to one peer and one peer to one channel', () => {
    const { client, relay } = allocated();
    expect(client.bind(0x4000, advertised)).toBe(0);
    expect(client.bind(0x4000, SECOND.advertised)).toBe(400);
    expect(client.bind(0x4001, advertised)).toBe(400);
    expect(client.bind(0x4001, SECOND.advertised)).toBe(0);
    client.sendOn(0x4001, DATA);
    expect(relay.sent).toEqual([{ bytes: DATA, to: SECOND.local }]);
  });

  it('may bind both otherwise when the binding has expired', () => {
    const { world, client, relay } = allocated();
    client.bind(0x4000, advertised);
    client.refresh(1_200_000);
    world.advance(10 * MINUTE);
    expect(client.bind(0x4000, SECOND.advertised)).toBe(0);
    expect(client.bind(0x4001, advertised)).toBe(0);
    client.sendOn(0x4000, DATA);
    client.sendOn(0x4001, DATA);
    expect(relay.sent.map(({ to }) => to.port)).toEqual([40_001, 40_000]);
  });

  it.each([
    [0x3fff, 400],
    [0x4000, 0],
    [0x7fff, 0],
    [0x8000, 400],
    [0xffff, 400],
    [0, 400],
  ])('of channel %i is answered %i', (channel, status) => {
    expect(allocated().client.bind(channel, advertised)).toBe(status);
  });

  it('without channel or peer is a bad request', () => {
    const { client } = allocated();
    expect(client.request(METHOD_CHANNEL_BIND, [channelNumberAttribute(0x4000)])).toBe(400);
    expect(client.withPeers(METHOD_CHANNEL_BIND, [advertised])).toBe(400);
  });

  it('to another port of an own address is forbidden', () => {
    const { world, client } = allocated();
    expect(client.bind(0x4000, { ...advertised, port: 5060 })).toBe(403);
    expect(world.eventsOf('turn.refused')).toMatchObject([
      { method: 'channel-bind', code: 'turn.peer_forbidden', peer: { address: advertised.address, port: 5060 } },
    ]);
    client.sendTo(advertised, DATA);
    expect(world.server.counters.dropped['no-permission']).toBe(1);
  });

  it('of a family that is not relayed is a mismatch', () => {
    expect(allocated({}, []).client.bind(0x4000, MEDIA_V6.advertised)).toBe(443);
  });

  it('beyond the table is refused and leaves no permission, until one has expired', () => {
    const { world, client } = allocated({ limits: { channels: 1 } });
    expect(client.bind(0x4000, advertised)).toBe(0);
    expect(client.bind(0x4001, MEDIA_V6.advertised)).toBe(508);
    client.sendTo(MEDIA_V6.advertised, DATA);
    expect(world.server.counters.dropped['no-permission']).toBe(1);
    client.refresh(1_200_000);
    world.advance(10 * MINUTE);
    expect(client.bind(0x4001, MEDIA_V6.advertised)).toBe(0);
  });

  it('keeps a channel whose permission expired when others need the room', () => {
    const peers = { own: [], ranges: ['192.0.2.0/24'] };
    const { world, client, relay } = allocated({ limits: { permissions: 2 }, peers });
    client.bind(0x4000, { address: '192.0.2.1', port: 9 });
    world.advance(5 * MINUTE);
    expect(client.permit('192.0.2.2')).toBe(0);
    expect(client.permit('192.0.2.3')).toBe(508);
    client.permit('192.0.2.1');
    client.sendOn(0x4000, DATA);
    expect(relay.sent).toHaveLength(1);
  });
});

describe('other rules for peers', () => {
  it('take effect at once: what is forbidden now is cut off', () => {
    const { world, client, relay } = allocated();
    client.bind(0x4000, advertised);
    client.bind(0x4001, SECOND.advertised);
    world.fromPeer(relay, local, DATA);
    world.server.setPeers({ own: [SECOND] });
    client.sendOn(0x4000, DATA);
    world.fromPeer(relay, local, DATA);
    expect(relay.sent).toHaveLength(0);
    expect(client.received).toHaveLength(1);
    expect(client.bind(0x4000, advertised)).toBe(403);
    client.sendOn(0x4001, DATA);
    expect(relay.sent).toHaveLength(1);
  });

  it('move a peer that is reached elsewhere now', () => {
    const { world, client, relay } = allocated();
    client.bind(0x4000, advertised);
    const moved = { address: '10.0.0.6', port: 40_010 };
    world.server.setPeers({ own: [{ advertised, local: moved }] });
    client.sendOn(0x4000, DATA);
    expect(relay.sent).toEqual([{ bytes: DATA, to: moved }]);
    world.fromPeer(relay, moved, DATA);
    world.fromPeer(relay, local, DATA);
    expect(client.received).toEqual([{ data: DATA, channel: 0x4000 }]);
  });

  it('take away the permission of an address that is gone', () => {
    const { world, client, relay } = allocated();
    client.permit(advertised.address);
    client.sendTo(advertised, DATA);
    world.server.setPeers({ own: [] });
    world.server.setPeers({ own: [MEDIA] });
    client.sendTo(advertised, DATA);
    expect(relay.sent).toHaveLength(1);
  });
});
