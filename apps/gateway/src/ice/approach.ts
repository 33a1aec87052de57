import { isIP } from 'node:net';

/** How a browser came here, as far as it decides which relays are of use to it. */
export interface Approach {
  /** By which name or address it reached this server; undefined where its Host header is none. */
  readonly host: ReachedHost | undefined;
  /** By the TLS port of this server, which a proxy in front of the plain port is not. */
  readonly secure: boolean;
  /** Where it says it is. */
  readonly region?: string;
}

export interface ReachedHost {
  /** A DNS name, an IPv4 address, or an IPv6 address in brackets: as it stands in a URL. */
  readonly name: string;
  /** As given; undefined is the default of the scheme. */
  readonly port: number | undefined;
}

const HOST = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?$/;
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * A Host header (RFC 9110 section 7.2), which goes into the URLs of relays: everything that could mean something else
 * there is refused, as are names that a browser would read as a number (the WHATWG URL's "ends in a number").
 */
export function readHost(header: string | undefined): ReachedHost | undefined {
  const [, name = '', digits] = HOST.exec(header ?? '') ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (!isHostName(name) || port === 0 || (port ?? 0) > 65_535) return undefined;
  return { name: name.toLowerCase(), port };
}

/** A name or an address as it stands in a URL: IPv6 in brackets. */
export function isHostName(name: string): boolean {
  if (name.startsWith('[')) return name.endsWith(']') && isIP(name.slice(1, -1)) === 6;
  if (isIP(name) === 4) return true;
  const labels = name.replace(/\.$/, '').split('.');
  return (
    name.length <= 253 &&
    labels.every((label) => LABEL.test(label)) &&
    !/^(?:\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? '')
  );
}

/** IPv6 addresses get the brackets that a URL wants. */
export const asHostName = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);
