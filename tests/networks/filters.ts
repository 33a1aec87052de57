/** What firewalls let through from the client's side ("lan") to the world ("wan"), as rules of nft's forward chain. */

/** The ports that gateways speak media on, and relays their control. */
export const PORTS = { media: 40_000, mediaLast: 40_063, turn: 3478, turnTls: 5349, https: 443, admin: 9464 } as const;

const MEDIA = `iifname lan udp dport ${PORTS.media}-${PORTS.mediaLast} drop`;

/** Nothing but TCP passes, and nobody says so. */
export const UDP_BLOCKED = 'iifname lan meta l4proto udp drop';

const ONLY_443 = `
  iifname lan tcp dport != ${PORTS.https} drop
  iifname lan meta l4proto != tcp drop
`;

/** Any TCP to port 443, and nothing else. */
export const ONLY_TCP_443 = ONLY_443;

/**
 * TLS alone: the first bytes of a connection have to be a handshake record (RFC 8446 section 5.1) with a ClientHello
 * (section 4), or the connection gets nothing through. `@ih` reads the TCP payload, and matches no packet without one.
 * The mark says that the connection has passed.
 */
export const ONLY_TLS_443 = `${ONLY_443}
  iifname lan ct mark 1 accept
  iifname lan @ih,0,16 0x1603 @ih,40,8 1 ct mark set 1 accept
  iifname lan @ih,0,8 0-255 drop
`;

/** Relays by UDP and direct media are dead; other UDP lives, so that nothing hints at it. */
export const TURN_UDP_DEAD = `
  iifname lan udp dport ${PORTS.turn} drop
  ${MEDIA}
`;

/** Only a relay leads to the gateway's media. */
export const MEDIA_BLOCKED = MEDIA;

/** A client believes that it has IPv6. */
export const IPV6_DEAD = 'iifname lan meta nfproto ipv6 drop';
