import { isIPv6 } from 'node:net';
import type { CallOutcome } from './caller.js';
import type { Path } from './catalog.js';
import type { GatewayView } from './gateway-view.js';

/** By which way the browser says that its media goes. */
export function pathOf({ pair }: CallOutcome): Path | undefined {
  if (pair === undefined) return undefined;
  const { localType, transport, localAddress, remoteAddress, url } = pair;
  const kind = localType === 'relay' ? 'relay' : 'direct';
  return {
    kind,
    transport: transportOf(kind, transport, url),
    family: isIPv6(kind === 'relay' ? localAddress : remoteAddress) ? 6 : 4,
  };
}

/** A browser that leaves relayProtocol out names the server it used. */
function transportOf(kind: Path['kind'], transport: string, url: string): Path['transport'] {
  if (transport === 'tls' || (kind === 'relay' && url.startsWith('turns:'))) return 'tls';
  return transport === 'tcp' || (kind === 'relay' && url.includes('transport=tcp')) ? 'tcp' : 'udp';
}

export const describePath = ({ kind, transport, family }: Path): string => `${kind} ${transport} IPv${family}`;

/** What is wrong with a call; nothing when it was heard over the path that this network leaves. */
export function faultsOf(
  expected: { readonly path: Path; readonly from: string },
  outcome: CallOutcome,
  view: GatewayView,
): readonly string[] {
  const faults: string[] = [];
  if (outcome.fault !== undefined) faults.push(outcome.fault);
  const path = pathOf(outcome);
  if (path === undefined) faults.push('the browser selected no pair');
  else if (describePath(path) !== describePath(expected.path)) {
    faults.push(`the browser used ${describePath(path)} instead of ${describePath(expected.path)}`);
  }
  if (view.remote === undefined) faults.push('the gateway saw no path');
  else if (view.remote !== expected.from) {
    faults.push(`the gateway was reached from ${view.remote} instead of ${expected.from}`);
  }
  if (view.lineToneHz !== undefined && Math.abs(view.lineToneHz - outcome.toneHz) > 10) {
    faults.push(`the line heard ${view.lineToneHz} Hz instead of ${outcome.toneHz}`);
  }
  return faults;
}
