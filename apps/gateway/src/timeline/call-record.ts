import type { Millis } from '@earshot/base';
import {
  type BrowserLegFacts,
  browserLegs,
  type CallRecord,
  type CallTimeline,
  type CauseFacts,
  type GatewayEvent,
  type LegName,
  type PrivacyLevel,
  pathOf,
  type QualityFacts,
  recordKey,
  shortenAddress,
  shortenNumber,
  type Verdict,
} from '@earshot/telemetry';

/** Who speaks with whom, as it was dialled. */
export interface CallParties {
  readonly from?: string;
  readonly to?: string;
}

/** What of a call's record is said by its events, as they come. */
export class RecordFacts {
  #answeredAt: Millis | undefined;
  #connectedAt: Millis | undefined;
  #route: Extract<GatewayEvent, { readonly type: 'call.route' }> | undefined;
  #ended: Extract<GatewayEvent, { readonly type: 'call.ended' }> | undefined;

  note(at: Millis, event: GatewayEvent): void {
    if (event.type === 'call.route') this.#route = event;
    else if (event.type === 'call.ended') this.#ended ??= event;
    else if (event.type === 'call.state') {
      if (event.state === 'answered') this.#answeredAt ??= at;
      else if (event.state === 'connected') this.#connectedAt ??= at;
    }
  }

  get trunk(): string | undefined {
    return this.#route?.trunk;
  }

  /** As it would be written now. */
  record(now: Millis, call: RecordSources, level: PrivacyLevel): CallRecord {
    const { timeline, verdicts, quality, provisional } = call;
    const { callId, startedAt, caller, callee } = timeline;
    const [answeredAt, connectedAt, ended] = [this.#answeredAt, this.#connectedAt, this.#ended];
    const { direction, route, trunk } = this.#route ?? {};
    const cause = causeOf(verdicts);
    return {
      key: recordKey(startedAt, callId),
      callId,
      startedAt,
      ...(answeredAt === undefined ? {} : { answeredAt }),
      ...(connectedAt === undefined ? {} : { connectedAt }),
      endedAt: timeline.endedAt ?? now,
      caller,
      ...(callee === undefined ? {} : { callee }),
      ...shownParties(call.parties, level),
      ...(direction === undefined ? {} : { direction }),
      ...(route === undefined ? {} : { route: shownRoute(route, level) }),
      ...(trunk === undefined ? {} : { trunk }),
      result: ended?.result ?? 'unfinished',
      by: ended?.by ?? 'gateway',
      ...(ended?.code === undefined ? {} : { code: ended.code }),
      ...(cause === undefined ? {} : { cause }),
      browsers: browserLegs(timeline).map((leg) => browserFacts(timeline, leg, level)),
      quality,
      withoutAudio: answeredAt !== undefined && connectedAt === undefined,
      provisional,
    };
  }
}

export interface RecordSources {
  readonly timeline: CallTimeline;
  readonly parties: CallParties;
  readonly verdicts: readonly Verdict[];
  readonly quality: readonly QualityFacts[];
  readonly provisional: boolean;
}

/** The first verdict of weight. */
export function causeOf(verdicts: readonly Verdict[]): CauseFacts | undefined {
  const verdict = verdicts.find(({ weight }) => weight !== 'hint');
  if (verdict === undefined) return undefined;
  const { code, layer, side, weight, confidence } = verdict;
  return { code, layer, side, weight, confidence };
}

export function shownParties({ from, to }: CallParties, level: PrivacyLevel): CallParties {
  if (level === 'hidden') return {};
  return {
    ...(from === undefined ? {} : { from: shortenNumber(from, level) }),
    ...(to === undefined ? {} : { to: shortenNumber(to, level) }),
  };
}

/** A route of one number says whom it leads to. */
const shownRoute = (route: string, level: PrivacyLevel): string =>
  /\d{4}/.test(route) ? shortenNumber(route, level) : route;

function browserFacts(timeline: CallTimeline, leg: LegName, level: PrivacyLevel): BrowserLegFacts {
  const path = pathOf(timeline, leg);
  const address = addressOf(timeline, leg, path?.via);
  const facts: { -readonly [Name in keyof BrowserLegFacts]: BrowserLegFacts[Name] } = { leg };
  if (path !== undefined) {
    facts.via = path.via;
    facts.transport = path.transport;
    facts.family = path.family;
  }
  if (address !== undefined) facts.network = shortenAddress(address, level === 'hidden' ? 'hidden' : 'short');
  for (const entry of timeline.entries) {
    if (entry.source !== 'browser' || entry.leg !== leg) continue;
    const { event } = entry;
    if (event.type === 'client.info') facts.browser = event.browser;
    const type = event.type === 'client.info' || event.type === 'client.network' ? event.network?.type : undefined;
    if (type !== undefined) facts.networkType = type;
  }
  return facts;
}

/** Where a browser comes from: the end of its path, or else what comes closest to one. */
function addressOf(timeline: CallTimeline, leg: LegName, via: 'direct' | 'relay' | undefined): string | undefined {
  let [path, check, relayed, reflexive]: (string | undefined)[] = [];
  for (const entry of timeline.entries) {
    if (entry.source === 'diagnosis') continue;
    if (entry.source === 'relay') {
      if (entry.leg === leg) relayed = entry.event.client.address;
    } else if (entry.source === 'browser') {
      const { event } = entry;
      if (entry.leg === leg && event.type === 'ice.candidate' && event.candidate.type === 'srflx') {
        reflexive = event.candidate.address;
      }
    } else if (entry.event.type === 'ice.state' && entry.event.leg === leg) {
      path = entry.event.remote?.address ?? path;
    } else if (entry.event.type === 'ice.check' && entry.event.leg === leg) {
      check = entry.event.from.address;
    }
  }
  return via === 'relay' ? (relayed ?? reflexive) : (path ?? reflexive ?? check ?? relayed);
}
