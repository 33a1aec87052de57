import type { TransportAddress } from '@earshot/base';
import { formatIp, parseIp, unmapIpv4 } from '@earshot/stun';
import type { IpFamily } from '../wire/index.js';
import type { Allocation } from './allocation.js';
import type { PeerPolicy } from './peer-policy.js';
import { BAD_REQUEST, FAMILY_MISMATCH, FORBIDDEN, isRefusal, type Refusal } from './refusal.js';
import type { RelaySocket } from './relay-socket.js';

export const familyOf = (ip: Uint8Array): IpFamily => (ip.length === 4 ? 4 : 6);

/** A peer that the client may have, in the form that is kept of it. */
export interface AllowedPeer<Client, Relay> {
  readonly relay: RelaySocket<Client, Relay>;
  readonly name: TransportAddress;
  readonly ip: Uint8Array;
}

/**
 * Judges an address from a XOR-PEER-ADDRESS: 403 where the relay does not lead to (RFC 8656 sections 10.2, 11.2 and
 * 12.2), 443 where no relayed transport address is of its family. An IPv4-mapped address is judged as the IPv4 address
 * that it stands for, and then is of neither family.
 */
export function judgePeer<Client, Relay>(
  policy: PeerPolicy,
  allocation: Allocation<Client, Relay>,
  { address, port }: TransportAddress,
): AllowedPeer<Client, Relay> | Refusal {
  const written = parseIp(address);
  if (written === undefined) return BAD_REQUEST;
  const ip = unmapIpv4(written);
  const name = { address: formatIp(ip), port };
  if (!policy.allowsAddress(ip)) return { ...FORBIDDEN, peer: name };
  const relay = ip === written ? allocation.relayOf(familyOf(ip)) : undefined;
  return relay === undefined ? { ...FAMILY_MISMATCH, peer: name } : { relay, name, ip };
}

export interface AllowedTarget<Client, Relay> extends AllowedPeer<Client, Relay> {
  /** Where its datagrams go. */
  readonly target: TransportAddress;
}

/** The same where the port counts as well. */
export function judgeTarget<Client, Relay>(
  policy: PeerPolicy,
  allocation: Allocation<Client, Relay>,
  peer: TransportAddress,
): AllowedTarget<Client, Relay> | Refusal {
  const judged = judgePeer(policy, allocation, peer);
  if (isRefusal(judged)) return judged;
  const target = policy.targetOf(judged.ip, peer.port);
  return target === undefined ? { ...FORBIDDEN, peer: judged.name } : { ...judged, target };
}
