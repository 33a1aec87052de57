import type { Millis } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import type { IceServer } from '@earshot/signaling';
import { createTurnCredentials } from '@earshot/turn';
import type { Config } from '../config/schema.js';
import type { Approach } from './approach.js';

export type ExternalRelay = Config['turn']['servers'][number];

/** The relay in this process, as browsers may reach it. */
export interface EmbeddedRelay {
  /** As it stands in a URL. Default: the name by which the browser reached this server. */
  readonly host?: string;
  /** TURN over UDP and TCP; one that is not served is left out. */
  readonly ports: { readonly udp?: number; readonly tcp?: number };
  /** Where HTTPS and TURN over TLS share a port, as seen from outside; undefined without http.tls. */
  readonly tlsPort?: number;
}

/** What a browser can do with a server, best first. At most as many as `session.ice` may carry. */
const MOST_SERVERS = 8;

/**
 * The URLs of the embedded relay, best first (Chromium prefers them in this order). Each costs the browser an
 * allocation at the start of a call, so there is one for each thing a network may let through, and no more:
 *
 *   UDP: networks that allow 3478 where they do not allow the media ports.
 *   TCP: networks without UDP, and pages whose certificate browsers trust by exception alone, which does not hold for
 *        TURN. It is served by a thread of its own, which the shared TLS port is not.
 *   TLS: networks where only the port of the web is open. Not turn.tlsPort: a network that lets TLS through there lets
 *        TCP through as well.
 *
 * A server for STUN alone is not needed: the gateway has public addresses and is ICE-lite, so it learns the browser's
 * address from its checks (peer-reflexive candidates, RFC 8445 section 7.3.1.3) and the browser need not know it.
 */
export function embeddedUrls(relay: EmbeddedRelay, { host, secure }: Approach): string[] {
  const name = relay.host ?? host?.name;
  if (name === undefined) return [];
  // Whoever came by the TLS port knows best how it is reached.
  const tlsPort = secure && host !== undefined ? (host.port ?? 443) : relay.tlsPort;
  const { udp, tcp } = relay.ports;
  return [
    ...(udp === undefined ? [] : [`turn:${name}:${udp}?transport=udp`]),
    ...(tcp === undefined ? [] : [`turn:${name}:${tcp}?transport=tcp`]),
    ...(tlsPort === undefined ? [] : [`turns:${name}:${tlsPort}?transport=tcp`]),
  ];
}

/** Whose credentials a browser gets: a tag for its session, and until when they are good by the clock of each relay. */
export interface Issue {
  readonly tag: string;
  /** Unix time by the clock of the embedded relay, which no change of the system's clock moves. */
  readonly expiresAt: Millis;
  /** Unix time by the clocks of other machines. */
  readonly expiresAtElsewhere: Millis;
}

export function embeddedServer(urls: readonly string[], secret: string, { tag, expiresAt }: Issue): IceServer {
  const { username, password } = createTurnCredentials(nodeCrypto, secret, expiresAt, tag);
  return { urls, username, credential: password };
}

export function externalServer({ urls, secret, username, credential }: ExternalRelay, issue: Issue): IceServer {
  if (secret !== undefined) {
    const made = createTurnCredentials(nodeCrypto, secret, issue.expiresAtElsewhere, issue.tag);
    return { urls, username: made.username, credential: made.password };
  }
  return { urls, ...(username === undefined ? {} : { username }), ...(credential === undefined ? {} : { credential }) };
}

/** A server among those of one session; the embedded relay has no region. */
export interface Candidate<Server> {
  readonly server: Server;
  readonly region: string | undefined;
  readonly urls: readonly string[];
}

/**
 * The servers a session is given, each with the URLs that work: by region, then health, then in the order they came.
 * What is down is left out, unless nothing else is left: the gateway's view is not the browser's.
 */
export function chooseServers<Server>(
  candidates: readonly Candidate<Server>[],
  region: string | undefined,
  isUp: (url: string) => boolean,
): Candidate<Server>[] {
  const rankOf = (own: string | undefined): number => {
    if (region === undefined || own === region) return 0;
    return own === undefined ? 1 : 2;
  };
  const ranked = candidates.map((candidate) => {
    const up = candidate.urls.filter(isUp);
    return { candidate, up, place: rankOf(candidate.region), health: up.length === candidate.urls.length ? 0 : 1 };
  });
  ranked.sort((a, b) => a.place - b.place || a.health - b.health);
  const working = ranked.filter(({ up }) => up.length > 0);
  const chosen = working.length > 0 ? working : ranked;
  return chosen.slice(0, MOST_SERVERS).map(({ candidate, up }) => ({
    ...candidate,
    urls: up.length > 0 ? up : candidate.urls,
  }));
}
