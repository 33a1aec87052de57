/** A `stun:`, `turn:` or `turns:` URL taken apart (RFC 7064, RFC 7065). */
export interface RelayUrl {
  readonly scheme: 'stun' | 'turn' | 'turns';
  /** A name or an IP address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
  /** How the server is spoken to: `turns:` is TLS over TCP. */
  readonly transport: 'udp' | 'tcp' | 'tls';
}

const URL_FORM = /^(stun|turns?):(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/;

/** RFC 7065 section 3.2; `turns` has a default port of its own. */
const DEFAULT_PORTS = { stun: 3478, turn: 3478, turns: 5349 } as const;

/**
 * Undefined for text that is no such URL, and for `turns:` over UDP: that is DTLS, which no browser speaks to a relay.
 * Without `transport`, `turn:` means UDP and `turns:` TCP, as browsers take it.
 */
export function parseRelayUrl(text: string): RelayUrl | undefined {
  const [, scheme, ipv6, name, digits, asked] = URL_FORM.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined || (scheme !== 'stun' && scheme !== 'turn' && scheme !== 'turns')) return undefined;
  const port = digits === undefined ? DEFAULT_PORTS[scheme] : Number(digits);
  if (port === 0 || port > 65_535 || (scheme === 'turns' && asked === 'udp')) return undefined;
  const transport = scheme === 'turns' ? 'tls' : asked === 'tcp' ? 'tcp' : 'udp';
  return { scheme, host, port, transport };
}
