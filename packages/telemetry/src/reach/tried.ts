import type { ErrorCode } from '@earshot/base';
import type { TurnTransport } from '../candidate.js';
import { entriesOf, type ReachFacts } from './facts.js';
import { checksBy, isValidCheck, relayCandidates } from './path.js';
import { NOT_REACHED, readRelayUrl, sameRelay } from './relay-url.js';
import type { MediaPath, TriedWay } from './types.js';

/** Browsers say nothing at all of a relay that does not answer, for 8 to 12 s. */
const SILENCE_MS = 8_000;

/** What an error response of a relay means (RFC 8656 section 18), where its own log does not say more. */
const STATUS_CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'turn.auth_failed'],
  [437, 'turn.allocation_mismatch'],
  [438, 'turn.stale_nonce'],
  [486, 'turn.quota_reached'],
  [508, 'turn.relay_full'],
]);

/** Every way there was to reach the gateway, and what became of it. `over`: nothing more will be tried. */
export function triedWays(facts: ReachFacts, path: MediaPath | undefined, over: boolean): TriedWay[] {
  const direct = directWay(facts, path, over);
  return [...(direct === undefined ? [] : [direct]), ...relayWays(facts, path, over)];
}

function directWay(facts: ReachFacts, path: MediaPath | undefined, over: boolean): TriedWay | undefined {
  const way = { via: 'direct', transport: 'udp' } as const;
  if (path?.via === 'direct') return { ...way, outcome: 'used', entries: [path.entry] };
  const checks = checksBy(facts).direct;
  const valid = checks.filter(isValidCheck);
  if (valid.length > 0) {
    const isUnanswered = over && path === undefined;
    return { ...way, outcome: isUnanswered ? 'silent' : 'ready', entries: entriesOf(valid) };
  }
  const forged = checks.filter(({ event }) => event.outcome === 'bad-integrity');
  if (forged.length > 0) {
    return { ...way, outcome: 'refused', code: 'ice.credential_mismatch', entries: entriesOf(forged) };
  }
  const candidates = facts.candidates.filter(
    ({ event: { candidate } }) => candidate.type !== 'relay' && candidate.protocol === 'udp',
  );
  const wanted = facts.attempts.filter(({ event }) => event.policy === 'all');
  // A browser that tells nothing may have tried; one that was told to use relays alone has not.
  if (facts.attempts.length > 0 && wanted.length === 0) return undefined;
  if (facts.attempts.length > 0 && candidates.length === 0) return undefined;
  if (path === undefined && !over) return undefined;
  const silence = path === undefined ? facts.silences : [];
  return { ...way, outcome: 'unheard', entries: entriesOf([...wanted, ...candidates, ...silence]) };
}

function relayWays(facts: ReachFacts, path: MediaPath | undefined, over: boolean): TriedWay[] {
  const urls: string[] = [];
  const add = (url: string | undefined): void => {
    const isNew = url !== undefined && readRelayUrl(url) !== undefined && !urls.some((other) => sameRelay(url, other));
    if (isNew) urls.push(url);
  };
  for (const { event } of facts.settings) event.urls.forEach(add);
  for (const { event } of facts.candidates) if (event.candidate.type === 'relay') add(event.candidate.url);
  for (const { event } of facts.errors) add(event.url);
  return urls.flatMap((url) => relayWay(url, facts, path, over) ?? []);
}

function relayWay(url: string, facts: ReachFacts, path: MediaPath | undefined, over: boolean): TriedWay | undefined {
  const transport = readRelayUrl(url)?.transport ?? 'udp';
  const way = { via: 'relay', transport, server: url } as const;
  if (path?.via === 'relay' && isUsed(url, transport, path)) return { ...way, outcome: 'used', entries: [path.entry] };

  const candidates = relayCandidates(facts).filter(({ event: { candidate } }) =>
    candidate.url === undefined ? candidate.relayProtocol === transport : sameRelay(candidate.url, url),
  );
  const errors = facts.errors.filter(({ event }) => sameRelay(event.url, url));
  const answered = errors.filter(({ event }) => event.errorCode !== NOT_REACHED);
  const refusals = facts.refusals.filter(({ event }) => event.transport === transport && event.method === 'allocate');
  if (candidates.length > 0) return { ...way, ...outcomeOfCandidates(candidates, facts, over && path === undefined) };
  const refused = answered.at(-1);
  if (refused !== undefined) {
    return {
      ...way,
      outcome: 'refused',
      code: refusals.at(-1)?.event.code ?? STATUS_CODES.get(refused.event.errorCode) ?? 'turn.unsupported',
      entries: entriesOf([...answered, ...refusals]),
    };
  }
  if (errors.length > 0) return { ...way, ...outcomeOfUnreached(transport, errors) };
  const refusal = refusals.at(-1)?.event;
  if (refusal !== undefined) return { ...way, outcome: 'refused', code: refusal.code, entries: entriesOf(refusals) };
  return over && waitedMs(facts) >= SILENCE_MS ? { ...way, ...outcomeOfSilence(transport, facts) } : undefined;
}

/** How long the browser has tried, with all its restarts, as far as it is known that it did. */
function waitedMs({ attempts, connections, ended }: ReachFacts): number {
  const [first] = attempts;
  const until = ended?.at ?? connections.at(-1)?.at;
  return first === undefined || until === undefined ? 0 : until - first.at;
}

type Outcome = Pick<TriedWay, 'outcome' | 'code' | 'entries'>;

function isUsed(url: string, transport: TurnTransport, path: MediaPath): boolean {
  return path.server === undefined ? transport === path.transport : sameRelay(url, path.server);
}

/** There was an allocation. `failed`: no pair worked in the end, so either its checks did not arrive, or no answer. */
function outcomeOfCandidates(candidates: ReachFacts['candidates'], facts: ReachFacts, failed: boolean): Outcome {
  const ports = new Set(candidates.map(({ event }) => event.candidate.port));
  const arrived = checksBy(facts).relay.filter(({ event }) => ports.has(event.from.port));
  if (!failed || arrived.length > 0) return { outcome: 'ready', entries: entriesOf([...candidates, ...arrived]) };
  const forbidden = facts.refusals.filter(({ event }) => event.code === 'turn.peer_forbidden');
  if (forbidden.length > 0) {
    return { outcome: 'refused', code: 'turn.peer_forbidden', entries: entriesOf([...candidates, ...forbidden]) };
  }
  return { outcome: 'unheard', code: 'turn.not_relaying', entries: entriesOf(candidates) };
}

/** A connection that is refused tells more than a datagram without an answer. */
function outcomeOfUnreached(transport: TurnTransport, errors: ReachFacts['errors']): Outcome {
  const timedOut = errors.every(({ event }) => /timed? ?out/i.test(event.errorText ?? ''));
  const silent = transport === 'udp' && timedOut;
  return {
    outcome: silent ? 'silent' : 'failed',
    code: silent ? 'turn.silent' : 'turn.unreachable',
    entries: entriesOf(errors),
  };
}

/** No candidate and no error either. What the relay saw of it, if anything, is part of the evidence. */
function outcomeOfSilence(transport: TurnTransport, facts: ReachFacts): Outcome {
  const seen = facts.allocations.filter(({ event }) => event.transport === transport);
  return { outcome: 'silent', code: 'turn.silent', entries: entriesOf([...facts.attempts, ...seen]) };
}
