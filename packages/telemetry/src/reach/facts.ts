import type { BrowserEvent } from '../browser-event.js';
import type { GatewayEvent } from '../gateway-event.js';
import type { LegName } from '../leg.js';
import type { RelayEvent } from '../relay-event.js';
import type { CallTimeline } from '../timeline.js';

/** An event with its place in the timeline. */
export interface Seen<Event> {
  readonly entry: number;
  readonly at: number;
  readonly event: Event;
}

type Of<Event, Type> = Seen<Extract<Event, { readonly type: Type }>>;

/** What one leg's timeline says about its way to the gateway, sorted by kind and in order of time. */
export interface ReachFacts {
  readonly attempts: readonly Of<BrowserEvent, 'ice.attempt'>[];
  readonly gathering: readonly Of<BrowserEvent, 'ice.gathering'>[];
  readonly candidates: readonly Of<BrowserEvent, 'ice.candidate'>[];
  readonly errors: readonly Of<BrowserEvent, 'ice.candidate_error'>[];
  readonly connections: readonly Of<BrowserEvent, 'ice.connection'>[];
  readonly pairs: readonly Of<BrowserEvent, 'ice.pair'>[];
  readonly settings: readonly Of<GatewayEvent, 'ice.settings'>[];
  readonly advertised: readonly Of<GatewayEvent, 'ice.advertised'>[];
  readonly checks: readonly Of<GatewayEvent, 'ice.check'>[];
  readonly states: readonly Of<GatewayEvent, 'ice.state'>[];
  readonly silences: readonly Of<GatewayEvent, 'leg.silence'>[];
  readonly handshakes: readonly Of<GatewayEvent, 'dtls.state'>[];
  readonly ended: Of<GatewayEvent, 'call.ended'> | undefined;
  readonly allocations: readonly Of<RelayEvent, 'turn.allocated'>[];
  readonly refusals: readonly Of<RelayEvent, 'turn.refused'>[];
  readonly relaying: readonly Of<RelayEvent, 'turn.relaying'>[];
}

export function factsOf({ entries }: CallTimeline, leg: LegName): ReachFacts {
  const browser: Seen<BrowserEvent>[] = [];
  const gateway: Seen<GatewayEvent>[] = [];
  const relay: Seen<RelayEvent>[] = [];
  let ended: ReachFacts['ended'];
  entries.forEach((item, entry) => {
    const { at } = item;
    if (item.source === 'gateway') {
      if (item.event.type === 'call.ended') ended ??= { entry, at, event: item.event };
      else if ('leg' in item.event && item.event.leg === leg) gateway.push({ entry, at, event: item.event });
    } else if (item.source !== 'diagnosis' && item.leg === leg) {
      if (item.source === 'browser') browser.push({ entry, at, event: item.event });
      else relay.push({ entry, at, event: item.event });
    }
  });
  return {
    attempts: only(browser, 'ice.attempt'),
    gathering: only(browser, 'ice.gathering'),
    candidates: only(browser, 'ice.candidate'),
    errors: only(browser, 'ice.candidate_error'),
    connections: only(browser, 'ice.connection'),
    pairs: only(browser, 'ice.pair'),
    settings: only(gateway, 'ice.settings'),
    advertised: only(gateway, 'ice.advertised'),
    checks: only(gateway, 'ice.check'),
    states: only(gateway, 'ice.state'),
    silences: only(gateway, 'leg.silence'),
    handshakes: only(gateway, 'dtls.state'),
    ended,
    allocations: only(relay, 'turn.allocated'),
    refusals: only(relay, 'turn.refused'),
    relaying: only(relay, 'turn.relaying'),
  };
}

function only<Event extends { readonly type: string }, Type extends Event['type']>(
  seen: readonly Seen<Event>[],
  type: Type,
): Of<Event, Type>[] {
  return seen.filter((one): one is Of<Event, Type> => one.event.type === type);
}

export const entriesOf = (seen: readonly Seen<unknown>[]): number[] => seen.map(({ entry }) => entry);
