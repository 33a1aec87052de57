/** An IP address in text form and a port: where a datagram came from or goes to. */
export interface TransportAddress {
  readonly address: string;
  readonly port: number;
}

export const sameAddress = (a: TransportAddress, b: TransportAddress): boolean =>
  a.port === b.port && a.address === b.address;

/** `192.0.2.1:5060`, `[2001:db8::1]:5060`. */
export const formatAddress = ({ address, port }: TransportAddress): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
