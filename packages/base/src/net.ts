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

/**
 * The priority of the `index`th best host candidate (RFC 8445 section 5.1.2.1): type preference 126, a local preference
 * that falls with the order, component 1.
 */
export const hostCandidatePriority = (index: number): number => 126 * 2 ** 24 + (65_535 - index) * 2 ** 8 + 255;
