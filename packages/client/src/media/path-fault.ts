import { type Fault, fault } from '@earshot/base';
import { LIMITS } from '@earshot/signaling';
import type { BrowserEvent } from '@earshot/telemetry';

type CandidateFailure = Extract<BrowserEvent, { type: 'ice.candidate_error' }>;

/** No STUN error, but what browsers say when a server was not reached. */
const UNREACHED = 701;

/** What the gateway says of a path that was not built, and that the browser may know more about. */
const PATH_FAULTS: ReadonlySet<Fault['code']> = new Set([
  'ice.failed',
  'ice.udp_blocked',
  'ice.nat_needs_relay',
  'ice.consent_lost',
]);

/**
 * Names why no path could be built: by what became of the relays, since with one of them there would be a path. `why`:
 * what the gateway says, which stands where the browser knows no better. `relays`: the URLs that were to be used.
 */
export function nameOfNoPath(why: Fault, events: readonly BrowserEvent[], relays: readonly string[]): Fault {
  const attempt = attemptInVain(events);
  if (!PATH_FAULTS.has(why.code) || attempt === undefined) return why;
  const candidates = attempt.flatMap((event) => (event.type === 'ice.candidate' ? [event.candidate] : []));
  const failures = attempt.filter((event): event is CandidateFailure => event.type === 'ice.candidate_error');
  const seen = describeFailures(failures) || why.detail;
  const relayOnly = attempt.some((event) => event.type === 'ice.attempt' && event.policy === 'relay');
  if (candidates.some(({ type }) => type === 'relay')) return fault('turn.not_relaying', why.detail);
  const refused = failures.find(({ errorCode }) => errorCode !== UNREACHED);
  if (refused !== undefined) return fault(codeOfRefusal(refused.errorCode), seen);
  if (candidates.length === 0 && !relayOnly) return fault('ice.no_candidates', seen);
  if (failures.length > 0) return fault('turn.unreachable', seen);
  if (relays.length > 0) return fault('turn.silent', relays.join(', '));
  return relayOnly || why.code === 'ice.failed' ? fault('ice.nat_needs_relay', why.detail) : why;
}

/** By the status of the relay's answer (RFC 8656 section 18, RFC 8489 section 14.8). */
function codeOfRefusal(status: number): Fault['code'] {
  switch (status) {
    case 401:
    case 403:
    case 441:
      return 'turn.auth_failed';
    case 486:
      return 'turn.quota_reached';
    case 508:
      return 'turn.relay_full';
    default:
      return 'turn.bad_request';
  }
}

/** Of the attempts since the path last worked: the newest that already says something about relays, or the newest. */
function attemptInVain(events: readonly BrowserEvent[]): readonly BrowserEvent[] | undefined {
  const worked = events.findLastIndex((event) => event.type === 'ice.connection' && event.state === 'connected');
  const attempts: BrowserEvent[][] = [];
  for (const event of events.slice(worked + 1)) {
    if (event.type === 'ice.attempt') attempts.push([]);
    attempts.at(-1)?.push(event);
  }
  return attempts.findLast((attempt) => attempt.some(saysOfRelays)) ?? attempts.at(-1);
}

const saysOfRelays = (event: BrowserEvent): boolean =>
  event.type === 'ice.candidate_error' || (event.type === 'ice.candidate' && event.candidate.type === 'relay');

/** `turn:host:port 401, …`, each once. */
const describeFailures = (failures: readonly CandidateFailure[]): string =>
  [...new Set(failures.map(({ url, errorCode }) => `${url} ${errorCode}`))].join(', ').slice(0, LIMITS.textLength);
