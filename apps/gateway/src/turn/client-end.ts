import type { TransportAddress } from '@earshot/base';

/** How a client is answered: by the UDP socket that it speaks to, or on its connection. */
export interface ClientEnd {
  /** See UdpSocket. */
  send(bytes: Uint8Array, offset: number, length: number, to: TransportAddress, lasting: boolean): boolean;
  close(): void;
}
