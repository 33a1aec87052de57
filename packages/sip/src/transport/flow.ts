import type { TransportAddress } from '@earshot/base';

/** The path a message came by or goes by. For UDP a pair of addresses; `id` names a connection of the others. */
export interface SipFlow {
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  readonly local: TransportAddress;
  readonly remote: TransportAddress;
  readonly id?: string;
}

export const isReliable = ({ transport }: SipFlow): boolean => transport !== 'udp';

export const sameFlow = (a: SipFlow, b: SipFlow): boolean =>
  a.transport === b.transport &&
  a.id === b.id &&
  a.remote.address === b.remote.address &&
  a.remote.port === b.remote.port;
