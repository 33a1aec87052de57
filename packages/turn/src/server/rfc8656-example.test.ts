import {
  ATTRIBUTE_NONCE,
  ATTRIBUTE_XOR_MAPPED_ADDRESS,
  readErrorCode,
  readText,
  readUnknownAttributes,
  readXorAddress,
} from '@earshot/stun';
import { expect, it } from 'vitest';
import { RelayWorld } from '../testing/relay-world.js';
import { type RequestQuirks, statusOf } from '../testing/virtual-turn-client.js';
import {
  ATTRIBUTE_DONT_FRAGMENT,
  lifetimeAttribute,
  METHOD_ALLOCATE,
  METHOD_REFRESH,
  readLifetime,
  requestedTransportAttribute,
} from '../wire/index.js';

const CLIENT = { address: '192.0.2.1', port: 7000 };
const PEER_A = { address: '192.0.2.150', port: 32_102 };
const PEER_B = { address: '192.0.2.210', port: 49_191 };
const DATA = new TextEncoder().encode('0123456789');
const UDP = requestedTransportAttribute(17);
const HOUR = lifetimeAttribute(3_600_000);
const DONT_FRAGMENT = { type: ATTRIBUTE_DONT_FRAGMENT, value: new Uint8Array(0) };
const SHA256: RequestQuirks = { passwordAlgorithm: 'sha256' };
const MINUTE = 60_000;

/** RFC 8656 section 20, message by message. The server does not set DF, so the client leaves the attribute out. */
it('goes as the detailed example does', () => {
  const world = new RelayWorld({
    realm: 'example.com',
    software: 'Example server, version 1.17',
    peers: { own: [], ranges: ['192.0.2.0/24'] },
    limits: { maxLifetime: 20 * MINUTE, nonceLifetime: 15 * MINUTE },
  });
  const client = world.udpClient(CLIENT);

  // Allocate request without credentials: 401.
  const challenge = client.exchange(client.printPlain(METHOD_ALLOCATE, [HOUR, UDP, DONT_FRAGMENT]));
  if (challenge === undefined) throw new Error('no challenge');
  expect(readErrorCode(challenge)?.code).toBe(401);
  client.learn(challenge);
  expect(client.realm).toBe('example.com');

  // Allocate request with credentials: DONT-FRAGMENT is not supported; without it, 20 minutes instead of an hour.
  expect(client.request(METHOD_ALLOCATE, [HOUR, UDP, DONT_FRAGMENT], SHA256)).toBe(420);
  expect(readUnknownAttributes(client.responses.at(-1) ?? challenge)).toEqual([ATTRIBUTE_DONT_FRAGMENT]);
  expect(client.allocate([HOUR], SHA256)).toBe(0);
  const allocated = client.responses.at(-1) ?? challenge;
  expect(readLifetime(allocated)).toBe(20 * MINUTE);
  expect(readXorAddress(allocated, ATTRIBUTE_XOR_MAPPED_ADDRESS)).toEqual(CLIENT);
  expect(client.lastIntegrity('sha256')).toBe('sha256');
  const relay = world.relayAt(client.relayed);

  // CreatePermission for Peer A; data there in a Send indication, and back in a Data indication.
  expect(client.permit(PEER_A.address)).toBe(0);
  client.sendTo(PEER_A, DATA);
  expect(relay.sent).toEqual([{ bytes: DATA, to: PEER_A }]);
  world.fromPeer(relay, PEER_A, DATA);
  expect(client.received).toEqual([{ data: DATA, peer: PEER_A }]);

  // Channel 0x4000 for Peer B; data on it both ways.
  expect(client.bind(0x4000, PEER_B)).toBe(0);
  client.sendOn(0x4000, DATA);
  expect(relay.sent[1]).toEqual({ bytes: DATA, to: PEER_B });
  world.fromPeer(relay, PEER_B, DATA);
  expect(client.received[1]).toEqual({ data: DATA, channel: 0x4000 });

  // The channel is refreshed.
  world.advance(9 * MINUTE);
  expect(client.bind(0x4000, PEER_B)).toBe(0);

  // Refresh: the nonce is stale, once more with the fresh one.
  world.advance(9 * MINUTE);
  expect(client.request(METHOD_REFRESH, [], SHA256)).toBe(438);
  const stale = client.responses.at(-1) ?? challenge;
  expect(readText(stale, ATTRIBUTE_NONCE)).not.toBe(client.nonce);
  client.learn(stale);
  expect(client.request(METHOD_REFRESH, [], SHA256)).toBe(0);
  expect(readLifetime(client.responses.at(-1) ?? challenge)).toBe(10 * MINUTE);

  world.advance(10 * MINUTE - 1);
  expect(relay.isOpen).toBe(true);
  expect(statusOf(client.binding())).toBe(0);
  world.advance(1);
  expect(relay.isOpen).toBe(false);
});
