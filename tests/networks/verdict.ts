import { isIPv6 } from 'node:net';
import type { Host } from './addresses.js';
import type { CallOutcome } from './caller.js';
import type { AllowedPath, Path } from './catalog.js';
import type { GatewayView } from './gateway-view.js';
import type { Server } from './servers.js';

/**
 * By which way the browser says that its media goes. The family is of its own packets: where these go to a relay, that
 * relay says from where they come.
 */
export function pathOf({ pair }: CallOutcome, view: GatewayView): Path | undefined {
  if (pair === undefined) return undefined;
  const { localType, transport, localAddress, remoteAddress, url } = pair;
  if (localType !== 'relay') return { kind: 'direct', transport: 'udp', family: isIPv6(remoteAddress) ? 6 : 4 };
  const client = carriersOf(view).at(-1)?.client.address ?? localAddress;
  return { kind: 'relay', transport: transportOf(transport, url), family: isIPv6(client) ? 6 : 4 };
}

/** What the embedded relay says of media that it carried for the call. */
const carriersOf = ({ details }: GatewayView) =>
  details?.timeline.entries.flatMap(({ event }) => (event.type === 'turn.relaying' ? [event] : [])) ?? [];

/** A browser that leaves relayProtocol out names the server it used. */
function transportOf(transport: string, url: string): Path['transport'] {
  if (transport === 'tls' || url.startsWith('turns:')) return 'tls';
  return transport === 'tcp' || url.includes('transport=tcp') ? 'tcp' : 'udp';
}

export const describePath = ({
  kind,
  transport,
  family,
}: Omit<Path, 'transport'> & { readonly transport: string }): string => `${kind} ${transport} IPv${family}`;

export const describeAllowed = ({ kind, transports, family }: AllowedPath): string =>
  describePath({ kind, family, transport: transports.join(' or ') });

export interface Expected {
  readonly path: AllowedPath;
  /** What the world sees of the client. */
  readonly client: Partial<Host>;
  readonly relay: Server['relay'];
}

/**
 * What is wrong with a call; nothing when it was heard over a path that this network leaves, and everybody says the same
 * of it: the browser, the sockets of the gateway and its relay, and what operators are shown.
 */
export function faultsOf(expected: Expected, outcome: CallOutcome, view: GatewayView): readonly string[] {
  const path = pathOf(outcome, view);
  return [
    ...(outcome.fault === undefined ? [] : [outcome.fault]),
    ...(path === undefined ? ['the browser selected no pair'] : faultsOfPath(expected, path, view)),
    ...(view.lineToneHz === undefined || Math.abs(view.lineToneHz - outcome.toneHz) <= 10
      ? []
      : [`the line heard ${view.lineToneHz} Hz instead of ${outcome.toneHz}`]),
  ];
}

const faultsOfPath = (expected: Expected, path: Path, view: GatewayView): readonly string[] => [
  ...(isAllowed(expected.path, path)
    ? []
    : [`the browser used ${describePath(path)} instead of ${describeAllowed(expected.path)}`]),
  ...faultsOfSockets(expected, path, view),
  ...faultsOfTimeline(path, view),
];

const isAllowed = ({ kind, transports, family }: AllowedPath, path: Path): boolean =>
  path.kind === kind && path.family === family && transports.includes(path.transport);

function faultsOfSockets({ client, relay }: Expected, path: Path, view: GatewayView): readonly string[] {
  const { remote } = view;
  const own = (path.family === 6 ? client.v6 : client.v4) ?? 'nowhere';
  const from = path.kind === 'direct' ? [own] : relay.addresses;
  if (remote === undefined) return ['the gateway saw no path'];
  if (!from.includes(remote) && !isUnderWay(from, view))
    return [`media came to the gateway from ${remote} instead of ${from.join(' or ')}`];
  if (path.kind === 'direct' || !relay.isEmbedded) return [];
  const carriers = carriersOf(view);
  const isThere = carriers.some((event) => event.transport === path.transport && event.client.address === own);
  return isThere ? [] : [`the relay carried nothing over ${path.transport} for ${own}`];
}

/**
 * A call this short may end between the browser's change to a better pair and its nomination, which Chromium sends up to
 * 2.5 s later: the gateway has answered a check on that pair by then, and still sends by the one before.
 */
function isUnderWay(from: readonly string[], { details }: GatewayView): boolean {
  const events = details?.timeline.entries.map(({ event }) => event) ?? [];
  const isChecked = events.some(
    (event) => event.type === 'ice.check' && event.outcome === 'valid' && from.includes(event.from.address),
  );
  return isChecked && events.filter(({ type }) => type === 'ice.pair').length > 1;
}

function faultsOfTimeline(path: Path, { details }: GatewayView): readonly string[] {
  const [reach] = details?.reach ?? [];
  if (reach?.path === undefined) return ['the timeline names no path'];
  const { via, transport, family } = reach.path;
  const told = describePath({ kind: via, transport, family: family === 'ipv6' ? 6 : 4 });
  return told === describePath(path) ? [] : [`the timeline says ${told}, the browser ${describePath(path)}`];
}
