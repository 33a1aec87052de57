import type { Millis, TransportAddress } from '@earshot/base';
import type { RelaySocket } from './relay-socket.js';

/** For one IP address, as the client names it (RFC 8656 section 9). */
export interface Permission {
  readonly address: string;
  readonly ip: Uint8Array;
  expiresAt: Millis;
}

/** A transport address that one allocation exchanges data with. */
export class Peer<Client, Relay> {
  readonly relay: RelaySocket<Client, Relay>;
  /** As the client names it, also in bytes. */
  readonly name: TransportAddress;
  readonly ip: Uint8Array;
  /** Where it is reached from here: the same object for every packet. */
  target: TransportAddress;
  readonly permission: Permission;
  /** 0: none is bound. */
  channel = 0;
  channelExpiresAt: Millis = 0;
  /** Another peer of the allocation has the same target: the client knows one address by two names. */
  hasTwin = false;

  constructor(
    relay: RelaySocket<Client, Relay>,
    name: TransportAddress,
    target: TransportAddress,
    permission: Permission,
  ) {
    this.relay = relay;
    this.name = name;
    this.ip = permission.ip;
    this.target = target;
    this.permission = permission;
  }

  /** Whether this bound channel still is. */
  hasChannel(now: Millis): boolean {
    return this.channel !== 0 && now < this.channelExpiresAt;
  }
}
