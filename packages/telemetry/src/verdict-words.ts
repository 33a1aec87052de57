import type { LegKind, LegName } from './leg.js';
import type { CauseFacts } from './record.js';

/** Where on the way of a call something is: its two ends, the gateway between them, and the networks in between. */
export type Place = 'caller' | 'caller-network' | 'gateway' | 'callee-network' | 'callee';

/** In the order in which they stand. */
export const PLACES: readonly Place[] = ['caller', 'caller-network', 'gateway', 'callee-network', 'callee'];

export interface Ends {
  readonly caller: LegKind;
  readonly callee?: LegKind;
}

type Blamed = Pick<CauseFacts, 'code' | 'layer' | 'side'>;

/** Of the phone side's network rather than of the phone side, though its layer says less. */
const FAR_NETWORK: ReadonlySet<string> = new Set(['network.far_end_loss', 'sip.transport_failed']);
/** Signalling of a browser that ends with its page, and not on the way. */
const OF_THE_PAGE: ReadonlySet<string> = new Set(['signaling.client_gone', 'sip.cancelled_by_caller']);

/** A party that does not take a call: an answer, and no defect. */
const REFUSALS: ReadonlySet<string> = new Set([
  'sip.busy',
  'sip.declined',
  'sip.not_found',
  'sip.unavailable',
  'call.not_answered',
]);

/** Where the problem is. The phone side of a call from the phone network is its caller. */
export function placeOf({ code, layer, side }: Blamed, ends: Ends): Place {
  if (side === 'gateway') return 'gateway';
  if (side === 'far-end') {
    const leg = farEnd(ends);
    return layer === 'network' || FAR_NETWORK.has(code) ? `${leg}-network` : leg;
  }
  const onTheWay = layer === 'network' || layer === 'transport' || (layer === 'signaling' && !OF_THE_PAGE.has(code));
  return onTheWay ? `${side}-network` : side;
}

const farEnd = ({ caller, callee }: Ends): LegName => (caller === 'sip' && callee === 'browser' ? 'caller' : 'callee');

/** As in a capture between two phones. */
const areBothPhones = ({ caller, callee }: Ends): boolean => caller === 'sip' && callee === 'sip';

/** What stands at a place, as people name it. */
export function placeName(place: Place, ends: Ends): string {
  switch (place) {
    case 'gateway':
      return 'Gateway';
    case 'caller-network':
    case 'callee-network':
      return 'Network';
    case 'caller':
      if (areBothPhones(ends)) return 'Party that called';
      return ends.caller === 'browser' ? 'Caller’s browser' : 'Caller’s phone';
    case 'callee':
      if (ends.callee === undefined) return 'Nobody yet';
      if (areBothPhones(ends)) return 'Party that was called';
      return ends.callee === 'browser' ? 'Callee’s browser' : 'Phone side';
  }
}

/** Whose problem it was, as one sentence. */
export function whoseProblem(cause: Blamed, ends: Ends): string {
  const place = placeOf(cause, ends);
  if (REFUSALS.has(cause.code)) return 'The other side did not take the call; nothing is broken on the way to it.';
  switch (place) {
    case 'gateway':
      return 'The problem is in this gateway or its configuration.';
    case 'caller-network':
    case 'callee-network': {
      const leg = place === 'caller-network' ? 'caller' : 'callee';
      const who = ends[leg] === 'browser' ? `the ${leg}’s browser` : 'the phone side';
      return `The problem is on the way between ${who} and the gateway.`;
    }
    case 'caller':
    case 'callee':
      return ends[place] === 'browser'
        ? `The problem is at the ${place}: the page, the browser or the device.`
        : 'The problem is at the phone side: the phone, the PBX or the trunk.';
  }
}

/** How sure that is. `confidence`: 0 to 1. */
export function certainty(confidence: number): string {
  if (confidence >= 0.9) return 'Certain';
  if (confidence >= 0.7) return 'Very likely';
  if (confidence >= 0.5) return 'Likely';
  return 'Possible';
}

/** How a MOS (1 to 4.5) sounds. It goes by the figure as it is shown, with one place. */
export function qualityName(exact: number): string {
  const mos = Math.round(exact * 10) / 10;
  if (mos >= 4) return 'good';
  if (mos >= 3.6) return 'fair';
  if (mos >= 3.1) return 'poor';
  return 'bad';
}
