/** Who has which address. All public ones are of documentation ranges (RFC 5737, RFC 3849), so none is met by accident. */

/** Has both families on one name, as browsers reach it. */
export interface Host {
  readonly v4: string;
  readonly v6: string;
}

/** The gateway of most networks. */
export const GATEWAY: Host = { v4: '203.0.113.10', v6: '2001:db8:10::10' };
/** A second address of the same machine. */
export const GATEWAY_SECOND: Host = { v4: '203.0.113.11', v6: '2001:db8:10::11' };
/** A gateway that has no relay of its own and hands out external ones. */
export const PLAIN_GATEWAY: Host = { v4: '203.0.113.20', v6: '2001:db8:20::20' };
/** Of the router that leads to a gateway behind 1:1 NAT. */
export const MAPPED_GATEWAY = { v4: '203.0.113.30' };
/** A gateway whose relay is `DEAD`. */
export const DEAD_RELAY_GATEWAY = { v4: '203.0.113.40' };
/** A relay of other make. */
export const COTURN: Host = { v4: '198.51.100.20', v6: '2001:db8:c::20' };
/** Packets to it are lost without a word. */
export const DEAD: Host = { v4: '198.51.100.66', v6: '2001:db8:dead::66' };

/** What a node calls its next hop outward: the backbone (0) or router `position`. The world never sees it. */
export const nextHop = (position: number): Host => ({ v4: `192.0.2.${1 + position}`, v6: 'fe80::1' });

const POSITIONS = 4;

/** Of node `position` (0 is the client) of network `index`, from 0 to 50. */
export const publicHost = (index: number, position: number): Host => ({
  v4: `192.0.2.${20 + index * POSITIONS + position}`,
  v6: `2001:db8:a${index.toString(16)}::${position + 2}`,
});

/** Names that every client knows (RFC 2606: .test is nobody's). */
export const NAMES = {
  gateway: 'gateway.earshot.test',
  plainGateway: 'plain.earshot.test',
  mappedGateway: 'mapped.earshot.test',
  deadRelayGateway: 'dead-relay.earshot.test',
  coturn: 'turn.earshot.test',
  dead: 'dead.earshot.test',
} as const;

const both = ({ v4, v6 }: Host): readonly string[] => [v4, v6];

export const HOSTS: Readonly<Record<string, readonly string[]>> = {
  [NAMES.gateway]: both(GATEWAY),
  [NAMES.plainGateway]: both(PLAIN_GATEWAY),
  [NAMES.mappedGateway]: [MAPPED_GATEWAY.v4],
  [NAMES.deadRelayGateway]: [DEAD_RELAY_GATEWAY.v4],
  [NAMES.coturn]: both(COTURN),
  [NAMES.dead]: both(DEAD),
};
