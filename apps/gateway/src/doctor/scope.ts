import { networkInterfaces } from 'node:os';
import type { RunningServer } from '../admin/index.js';
import type { Config } from '../config/schema.js';
import { canonical } from './address-kind.js';

/** A server named on the command line. */
export interface NamedServer {
  readonly host: string;
  readonly port: number;
}

/** What is to be examined, and what is known before anything is asked. */
export interface Scope {
  readonly config: Config;
  /** Where the server really listens; undefined: it does not run. */
  readonly running: RunningServer | undefined;
  /** By which browsers open the page. */
  readonly url: URL | undefined;
  readonly stun: NamedServer | undefined;
  readonly ntp: NamedServer | undefined;
  /** What browsers are told to send media to: as it is while the server runs, else as it will be. */
  readonly advertised: readonly string[];
  /** The addresses of this machine. */
  readonly own: ReadonlySet<string>;
}

export function ownAddresses(): ReadonlySet<string> {
  const entries = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return new Set(entries.map(({ address }) => canonical(address)));
}

/** Where listeners on `hosts` are asked on this machine, which may have no IPv6 for "::" to stand for. */
export function askedAt(hosts: readonly string[], own: ReadonlySet<string>): readonly [string, ...string[]] {
  const [first = '::1', ...others] = hosts
    .filter((host) => host !== '::' || own.has('::1'))
    .map((host) => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host));
  return [first, ...others];
}

/** The host of a URL without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

export const portOf = (url: URL): number =>
  url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
