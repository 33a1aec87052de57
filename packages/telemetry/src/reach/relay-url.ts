import type { TurnTransport } from '../candidate.js';

/** The error code of RTCPeerConnectionIceErrorEvent: the server was not reached, for whatever reason. */
export const NOT_REACHED = 701;

export interface RelayUrl {
  readonly transport: TurnTransport;
  readonly host: string;
  readonly port: number;
}

const URL_FORM = /^(turns?):(?:\[([0-9A-Fa-f:.%]+)\]|([^:?[\]]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i;

/** A TURN URL (RFC 7065); undefined for anything else, such as a STUN URL. `turns` over TCP is TLS. */
export function readRelayUrl(url: string): RelayUrl | undefined {
  const [, scheme, v6, name, digits, transport] = URL_FORM.exec(url) ?? [];
  const host = (v6 ?? name)?.toLowerCase();
  if (scheme === undefined || host === undefined) return undefined;
  const secure = scheme.toLowerCase() === 'turns';
  const port = digits === undefined ? (secure ? 5349 : 3478) : Number(digits);
  return { transport: secure ? 'tls' : transport?.toLowerCase() === 'tcp' ? 'tcp' : 'udp', host, port };
}

/** Whether two URLs name one server and transport, however they are written. */
export function sameRelay(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [readRelayUrl(one), readRelayUrl(other)];
  return a !== undefined && b !== undefined && a.transport === b.transport && a.host === b.host && a.port === b.port;
}
