import { err, fault, matchDestination, ok, type Result } from '@earshot/base';
import type { CodecPolicy, LegKind } from './offer-answer/codec-policy.js';

/** One row of the route table. The first row that matches decides. */
export interface Route {
  /** A destination or a pattern, by the rule of `matchDestination`: `echo`, `+49*`, `*`, `sip:*@example.org`. */
  readonly match: string;
  readonly kind: LegKind;
  /** Where the call goes; `{number}` is the whole destination, `{rest}` the text that `*` stood for. */
  readonly target: string;
  readonly codecPolicy?: CodecPolicy;
  /** The name of the trunk that carries it. */
  readonly trunk?: string;
}

export interface RoutedDestination {
  readonly target: string;
  readonly kind: LegKind;
  /** The pattern that it matched. */
  readonly match: string;
  readonly codecPolicy?: CodecPolicy;
  readonly trunk?: string;
}

const MAX_DESTINATION_LENGTH = 128;
/** A line name or a number: nothing that means anything in a SIP URI, a header or a URL. */
const NAME_OR_NUMBER = /^[A-Za-z0-9+._-]{1,64}$/;
/** A bare sip: URI: no password, parameters, headers or escapes, through which a caller could smuggle some. */
const SIP_URI = /^sip:[A-Za-z0-9+._-]{1,64}@(?:[A-Za-z0-9.-]{1,63}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/**
 * Finds where a destination leads.
 * Faults: `call.invalid_destination` for text that is none, `call.unknown_destination` where no row matches.
 */
export function routeDestination(routes: readonly Route[], destination: string): Result<RoutedDestination> {
  const wellFormed = SIP_URI.test(destination) || NAME_OR_NUMBER.test(destination);
  if (destination.length > MAX_DESTINATION_LENGTH || !wellFormed) return err(fault('call.invalid_destination'));
  for (const { match, kind, target, codecPolicy, trunk } of routes) {
    const rest = matchDestination(match, destination);
    if (rest === undefined) continue;
    return ok({
      // A function, so that `$&` in a destination could never be a replacement pattern.
      target: target.replace(/\{(number|rest)\}/g, (_, name: string) => (name === 'number' ? destination : rest)),
      kind,
      match,
      ...(codecPolicy === undefined ? {} : { codecPolicy }),
      ...(trunk === undefined ? {} : { trunk }),
    });
  }
  return err(fault('call.unknown_destination'));
}
