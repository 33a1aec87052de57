import type { LegName } from '../leg.js';
import type { CallTimeline } from '../timeline.js';
import { factsOf, type ReachFacts } from './facts.js';
import { findingsOf } from './findings.js';
import { browserLegs, pathFrom } from './path.js';
import { triedWays } from './tried.js';
import type { MediaPath, Reach, ReachFinding } from './types.js';

/** How one browser leg reached the gateway, or why not; undefined where there is no such leg. */
export function explainReach(timeline: CallTimeline, leg = browserLegs(timeline)[0]): Reach | undefined {
  if (leg === undefined || !browserLegs(timeline).includes(leg)) return undefined;
  const facts = factsOf(timeline, leg);
  const path = pathFrom(facts);
  const outcome = outcomeOf(facts, path);
  const over = outcome === 'failed' || facts.ended !== undefined || facts.silences.length > 0;
  const tried = triedWays(facts, path, over);
  const findings = findingsOf({ facts, path, tried, outcome });
  const policy = facts.settings.at(-1)?.event.policy;
  return {
    leg,
    outcome,
    ...(policy === undefined ? {} : { policy }),
    ...(path === undefined ? {} : { path }),
    tried,
    findings,
    summary: summaryOf(outcome, path, findings, facts),
  };
}

/** Of every leg that is a browser. */
export const explainAll = (timeline: CallTimeline): Reach[] =>
  browserLegs(timeline).flatMap((leg: LegName) => explainReach(timeline, leg) ?? []);

function outcomeOf(facts: ReachFacts, path: MediaPath | undefined): Reach['outcome'] {
  if (facts.states.at(-1)?.event.state === 'lost') return 'lost';
  if (path !== undefined) return isHandshakeStuck(facts) ? 'failed' : 'reached';
  const browserGaveUp = facts.connections.some(({ event }) => event.state === 'failed');
  const gatewayGaveUp = facts.ended?.event.code?.startsWith('ice.') === true;
  const endedSilent = facts.ended !== undefined && facts.silences.length > 0;
  return browserGaveUp || gatewayGaveUp || endedSilent ? 'failed' : 'open';
}

/** A path was nominated, but what encrypts it never came through. */
const isHandshakeStuck = ({ handshakes, silences, ended }: ReachFacts): boolean =>
  ended !== undefined && silences.length > 0 && !handshakes.some(({ event }) => event.state === 'connected');

function summaryOf(
  outcome: Reach['outcome'],
  path: MediaPath | undefined,
  findings: readonly ReachFinding[],
  facts: ReachFacts,
): string {
  const why = findings.map(({ text }) => text).join(' ');
  if (outcome === 'open') {
    return facts.ended === undefined
      ? `There is no media path yet. ${why}`.trim()
      : 'The call ended before it had a media path.';
  }
  if (outcome === 'failed' || path === undefined) return `There was no media path. ${why}`.trim();
  const how = `Media went ${describePath(path)}.`;
  if (outcome === 'lost') return `${how} ${why}`;
  const isChosen = path.via === 'relay' && facts.attempts.at(-1)?.event.policy === 'relay';
  const chosen = isChosen ? ['The policy allowed relays only.'] : [];
  return [how, ...chosen, ...(why === '' ? [] : [why])].join(' ');
}

/** `directly over UDP (IPv4)`, `through the relay turns:… over TLS (IPv6)`. */
export function describePath({ via, transport, family, server }: MediaPath): string {
  const by = via === 'direct' ? 'directly' : `through the relay${server === undefined ? '' : ` ${server}`}`;
  return `${by} over ${transport.toUpperCase()} (${family === 'ipv4' ? 'IPv4' : 'IPv6'})`;
}
