import { fromHex, toHex } from '@earshot/base';
import { parseIp, printStun, STUN_COOKIE, type StunAttributeValue } from '@earshot/stun';
import { describe, expect, it } from 'vitest';
import { MEDIA, MEDIA_V6, RelayWorld } from '../testing/relay-world.js';
import type { VirtualTurnClient } from '../testing/virtual-turn-client.js';
import {
  ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY,
  ATTRIBUTE_DATA,
  ATTRIBUTE_XOR_PEER_ADDRESS,
  addressFamilyAttribute,
  channelNumberAttribute,
  METHOD_ALLOCATE,
  METHOD_CHANNEL_BIND,
  METHOD_CREATE_PERMISSION,
  METHOD_SEND,
  requestedTransportAttribute,
} from '../wire/index.js';

const DATA = Uint8Array.of(1, 2, 3);
const BOTH = addressFamilyAttribute(ATTRIBUTE_ADDITIONAL_ADDRESS_FAMILY, 6);

/** A XOR-PEER-ADDRESS of exactly these bytes, also of an IPv4-mapped address, which decent printers write as IPv4. */
function rawPeer(address: string, port: number, transactionId: Uint8Array): StunAttributeValue {
  const ip = parseIp(address) ?? new Uint8Array(0);
  const mask = fromHex(STUN_COOKIE.toString(16) + toHex(transactionId));
  const family = ip.length === 4 ? 1 : 2;
  const xored = ip.map((byte, index) => byte ^ (mask[index] ?? 0));
  const xoredPort = port ^ (STUN_COOKIE >>> 16);
  return {
    type: ATTRIBUTE_XOR_PEER_ADDRESS,
    value: Uint8Array.of(0, family, xoredPort >> 8, xoredPort & 0xff, ...xored),
  };
}

function ask(client: VirtualTurnClient, method: number, address: string, port: number, ...more: StunAttributeValue[]) {
  const transactionId = client.nextTransactionId();
  return client.request(method, [...more, rawPeer(address, port, transactionId)], { transactionId });
}

function send(client: VirtualTurnClient, address: string, port: number): void {
  const transactionId = client.nextTransactionId();
  const attributes = [rawPeer(address, port, transactionId), { type: ATTRIBUTE_DATA, value: DATA }];
  client.send(printStun({ class: 'indication', method: METHOD_SEND, transactionId }, attributes));
}

/** What THREATS calls the relay's targets of choice. Ports: of this host's services, of elsewhere, and of its media. */
const FORBIDDEN = [
  ['the unspecified address', '0.0.0.0', 40_000],
  ['the unspecified IPv6 address', '::', 40_000],
  ['loopback', '127.0.0.1', 22],
  ['all of loopback', '127.8.8.8', 8080],
  ['IPv6 loopback', '::1', 6379],
  ['link-local', '169.254.1.1', 80],
  ['the metadata of clouds', '169.254.169.254', 80],
  ['IPv6 link-local', 'fe80::1', 80],
  ['RFC 1918, 10/8', '10.0.0.1', 80],
  ['RFC 1918, 172.16/12', '172.31.255.254', 443],
  ['RFC 1918, 192.168/16', '192.168.1.1', 53],
  ['the local address of the media', MEDIA.local.address, MEDIA.local.port],
  ['unique local', 'fd12:3456::1', 80],
  ['unique local, the other half', 'fc00::1', 80],
  ['mapped loopback', '::ffff:127.0.0.1', 22],
  ['mapped unspecified', '::ffff:0.0.0.0', 22],
  ['mapped RFC 1918', '::ffff:10.0.0.1', 80],
  ['mapped metadata', '::ffff:169.254.169.254', 80],
  ['IPv4-compatible loopback', '::7f00:1', 22],
  ['loopback behind NAT64', '64:ff9b::7f00:1', 22],
  ['loopback within 6to4', '2002:7f00:1::', 22],
  ['multicast', '224.0.0.251', 5353],
  ['IPv6 multicast', 'ff02::fb', 5353],
  ['broadcast', '255.255.255.255', 67],
  ['a reserved address', '240.0.0.1', 80],
  ['a stranger', '8.8.8.8', 53],
  ['an IPv6 stranger', '2606:4700::1', 53],
] as const;

describe.each([
  ['by default', {}],
  [
    'with the Internet allowed',
    { ranges: ['0.0.0.0/0', '::/0'], hostAddresses: ['203.0.113.9', '2001:db8::9', MEDIA.local.address] },
  ],
])('a relay to where it must not lead, %s', (_, more) => {
  const strangersAllowed = 'ranges' in more;
  const targets = strangersAllowed ? FORBIDDEN.filter(([what]) => !what.includes('stranger')) : FORBIDDEN;

  it.each(targets)('%s (%s, port %i) is refused by CreatePermission, ChannelBind and Send', (_what, address, port) => {
    const world = new RelayWorld({ peers: { own: [MEDIA, MEDIA_V6], ...more } });
    const client = world.udpClient();
    expect(client.allocate([BOTH])).toBe(0);
    expect(ask(client, METHOD_CREATE_PERMISSION, address, port)).toBe(403);
    expect(ask(client, METHOD_CREATE_PERMISSION, address, 0)).toBe(403);
    expect(ask(client, METHOD_CHANNEL_BIND, address, port, channelNumberAttribute(0x4000))).toBe(403);
    send(client, address, port);
    client.sendOn(0x4000, DATA);
    for (const relay of world.relays) expect(relay.sent).toEqual([]);
    expect(world.eventsOf('turn.refused').map(({ method, code, status }) => [method, code, status])).toEqual([
      ['create-permission', 'turn.peer_forbidden', 403],
      ['create-permission', 'turn.peer_forbidden', 403],
      ['channel-bind', 'turn.peer_forbidden', 403],
      ['send', 'turn.peer_forbidden', 403],
    ]);
    const asked = address.startsWith('::ffff:') ? address.slice(7) : address;
    expect(world.eventsOf('turn.refused')[0]?.peer).toEqual({ address: asked, port });
    // Nor does anything come from there.
    for (const relay of world.relays) world.fromPeer(relay, { address, port }, DATA);
    expect(client.received).toEqual([]);
  });

  it.each([22, 80, 443, 3478, 5060, 8080, 9464, 39_999, 40_001])('this host at its port %i is refused', (port) => {
    const world = new RelayWorld({ peers: { own: [MEDIA, MEDIA_V6], ...more } });
    const client = world.udpClient();
    client.allocate([BOTH]);
    for (const { advertised } of [MEDIA, MEDIA_V6]) {
      // A permission is for an address, and this one has media, too.
      expect(ask(client, METHOD_CREATE_PERMISSION, advertised.address, port)).toBe(0);
      expect(ask(client, METHOD_CHANNEL_BIND, advertised.address, port, channelNumberAttribute(0x4000))).toBe(403);
      send(client, advertised.address, port);
    }
    for (const relay of world.relays) {
      expect(relay.sent).toEqual([]);
      world.fromPeer(relay, { ...MEDIA.local, port }, DATA);
    }
    expect(client.received).toEqual([]);
  });

  it('its own media, mapped to IPv6, are of neither family', () => {
    const world = new RelayWorld({ peers: { own: [MEDIA, MEDIA_V6], ...more } });
    const client = world.udpClient();
    client.allocate([BOTH]);
    const mapped = `::ffff:${MEDIA.advertised.address}`;
    expect(ask(client, METHOD_CREATE_PERMISSION, mapped, 0)).toBe(443);
    expect(ask(client, METHOD_CHANNEL_BIND, mapped, 40_000, channelNumberAttribute(0x4000))).toBe(443);
    client.permit(MEDIA.advertised.address);
    send(client, mapped, 40_000);
    for (const relay of world.relays) expect(relay.sent).toEqual([]);
  });
});

it('media on loopback are reached because they are listed, at their port alone', () => {
  const loopback = { address: '127.0.0.1', port: 40_000 };
  const world = new RelayWorld({
    peers: { own: [{ advertised: loopback, local: loopback }], hostAddresses: ['127.0.0.1'] },
  });
  const client = world.udpClient();
  client.allocate();
  expect(client.bind(0x4000, loopback)).toBe(0);
  client.sendOn(0x4000, DATA);
  expect(world.relays[0]?.sent).toEqual([{ bytes: DATA, to: loopback }]);
  expect(client.bind(0x4001, { ...loopback, port: 40_001 })).toBe(403);
});

it('data of a third party goes nowhere, whatever it guesses', () => {
  const world = new RelayWorld();
  const client = world.udpClient({ address: '198.51.100.7', port: 4000 });
  client.allocate();
  client.bind(0x4000, MEDIA.advertised);
  const [relay] = world.relays;
  if (relay === undefined) throw new Error('no relay');
  for (const remote of [
    { address: '198.51.100.7', port: 4001 },
    { address: '198.51.100.8', port: 4000 },
  ]) {
    const thief = world.udpClient(remote);
    thief.sendOn(0x4000, DATA);
    thief.sendTo(MEDIA.advertised, DATA);
    expect(thief.refresh(0)).toBe(437);
  }
  expect(relay.sent).toEqual([]);
  expect(relay.isOpen).toBe(true);
});

describe.each([
  '1767229200:"quoted"',
  '1767229200:%s%n',
  '1767229200:a\r\nturn.allocated',
  '1767229200:\u001b[31mred',
  '1767229200:a\u0000b',
  '<script>alert(1)</script>',
  "1767229200:'; drop table sessions; --",
  `1767229200:${'x'.repeat(400)}`,
  '1767229200:\ud83d\ude00',
  'tag only',
])('the user name %j', (username) => {
  it('is refused, and no part of it reaches an event', () => {
    const world = new RelayWorld();
    for (const client of [world.udpClient(), world.streamClient()]) {
      client.credentials = { username, password: username };
      expect(client.allocate()).toBe(401);
      expect(client.request(METHOD_ALLOCATE, [requestedTransportAttribute(17)])).toBe(401);
    }
    expect(world.events.map(({ tag }) => tag)).toEqual(world.events.map(() => undefined));
    const said = textsOf(world.events);
    expect(said).toContain('turn.credentials_foreign');
    expect(said.filter((text) => text.includes(username.replace('1767229200:', '')))).toEqual([]);
  });
});

/** Every text in a value, however deep. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}

it('tables are bounded: a user with every allocation full of peers and channels', () => {
  const world = new RelayWorld({
    limits: { allocationsPerUser: 24 },
    peers: { own: [], ranges: ['192.0.2.0/24'] },
  });
  const statuses = new Map<number | undefined, number>();
  const count = (status: number | undefined): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1);
  for (let port = 1; port <= 30; port += 1) {
    const client = world.udpClient({ address: '198.51.100.7', port });
    if (client.allocate() !== 0) {
      count(486);
      continue;
    }
    for (let index = 0; index < 80; index += 1)
      count(client.bind(0x4000 + index, { address: `192.0.2.${index}`, port: 9 }));
    for (let peer = 0; peer < 80; peer += 1) client.sendTo({ address: '192.0.2.1', port: 100 + peer }, DATA);
  }
  expect([...statuses]).toEqual([
    [0, 24 * 64],
    [508, 24 * 16],
    [486, 6],
  ]);
});
