import type { CandidateFacts } from '../candidate.js';
import type { LegName } from '../leg.js';
import type { CallTimeline } from '../timeline.js';
import { familyOfAddress } from './addresses.js';
import { factsOf, type ReachFacts, type Seen } from './facts.js';
import { readRelayUrl } from './relay-url.js';
import type { MediaPath } from './types.js';

/** The legs of a call that are browsers: only those have a way to the gateway to speak of. */
export function browserLegs({ caller, callee }: CallTimeline): LegName[] {
  const legs: LegName[] = [];
  if (caller === 'browser') legs.push('caller');
  if (callee === 'browser') legs.push('callee');
  return legs;
}

/** By which path the media of a browser reached the gateway last; undefined while it had none. */
export function pathOf(timeline: CallTimeline, leg = browserLegs(timeline)[0]): MediaPath | undefined {
  return leg === undefined ? undefined : pathFrom(factsOf(timeline, leg));
}

export function pathFrom(facts: ReachFacts): MediaPath | undefined {
  // The browser knows both ends of the pair. What the gateway sees stands in for a browser that says nothing.
  const pair = facts.pairs.at(-1);
  if (pair !== undefined) return pathOfPair(pair, facts);
  const state = facts.states.findLast(({ event }) => event.state === 'connected');
  const remote = state?.event.remote;
  if (state === undefined || remote === undefined) return undefined;
  const allocation = allocationAt(facts, remote.port);
  const family = familyOfAddress(allocation?.event.client.address ?? remote.address) ?? 'ipv4';
  const where = { family, since: state.at, entry: state.entry } as const;
  if (allocation === undefined) return { via: 'direct', transport: 'udp', ...where };
  return { via: 'relay', transport: allocation.event.transport, ...where };
}

function pathOfPair(
  { event: { local, remote }, at, entry }: ReachFacts['pairs'][number],
  facts: ReachFacts,
): MediaPath {
  if (local.type !== 'relay') {
    const family = familyOfAddress(remote.address) ?? familyOfAddress(local.address) ?? 'ipv4';
    return { via: 'direct', transport: local.protocol, family, since: at, entry };
  }
  const server = local.url;
  const url = server === undefined ? undefined : readRelayUrl(server);
  const allocation = allocationAt(facts, local.port);
  const transport = local.relayProtocol ?? url?.transport ?? allocation?.event.transport ?? 'udp';
  const family =
    familyOfAddress(allocation?.event.client.address) ??
    familyOfAddress(url?.host) ??
    familyOfAddress(local.address) ??
    'ipv4';
  return { via: 'relay', transport, family, ...(server === undefined ? {} : { server }), since: at, entry };
}

/**
 * The allocation of the embedded relay with this relayed port. The port alone decides: behind 1:1 NAT the address that
 * clients are told is not the one that the media workers see.
 */
const allocationAt = (
  { allocations }: ReachFacts,
  port: number | undefined,
): ReachFacts['allocations'][number] | undefined => allocations.findLast(({ event }) => event.relayed.port === port);

/** Checks by how they came: straight from the browser, or through one of its relay candidates. */
export function checksBy(facts: ReachFacts): Readonly<Record<MediaPath['via'], ReachFacts['checks']>> {
  const viaRelay = ({ event: { from } }: ReachFacts['checks'][number]): boolean =>
    allocationAt(facts, from.port) !== undefined ||
    relayCandidates(facts).some(({ event: { candidate } }) => isAt(candidate, from.address, from.port)) ||
    facts.pairs.some(({ event: { local } }) => local.type === 'relay' && isAt(local, from.address, from.port));
  return {
    direct: facts.checks.filter((check) => !viaRelay(check)),
    relay: facts.checks.filter(viaRelay),
  };
}

const isAt = (candidate: CandidateFacts, address: string, port: number): boolean =>
  candidate.port === port && candidate.address === address;

export const relayCandidates = ({ candidates }: ReachFacts): ReachFacts['candidates'] =>
  candidates.filter(({ event }) => event.candidate.type === 'relay');

export const isValidCheck = ({ event }: Seen<{ readonly outcome: string }>): boolean =>
  event.outcome === 'valid' || event.outcome === 'nominating';
