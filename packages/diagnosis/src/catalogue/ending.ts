import type { CatalogueEntry, CataloguePart } from './entry.js';
import { EITHER, GATEWAY, row } from './entry.js';

/** Said as the cause of the end alone: what led to it may still be on its way here. */
const HOLD_MS = 2_000;

const ended = (evidence: string, operator: string, needs = GATEWAY): CatalogueEntry =>
  row('fault', needs, HOLD_MS, evidence, operator);

/** What no rule raises by itself, and the gateway or the SDK names as why a call ended. */
export const ENDING: CataloguePart = {
  'auth.token_invalid': ended(
    'the access token was refused',
    'Check which key, issuer and audience signed the token.',
    EITHER,
  ),
  'auth.destination_not_allowed': ended(
    'the access token does not allow this destination',
    'Give out tokens whose "call" claim allows it.',
    EITHER,
  ),
  'signaling.foreign_origin': ended(
    'the page comes from a web site that is not listed',
    'Add the site to http.allowedOrigins.',
    EITHER,
  ),
  'call.unknown_destination': ended('no line and no route fits', 'Add a line or a route for it.', EITHER),
  'turn.quota_reached': ended('486 from the relay', 'Raise turn.quota, or look for pages that leave calls open.'),
  'turn.relay_full': ended('508 from the relay', 'Widen the relay ports, or add a relay.'),
  'media.ports_exhausted': ended('no media port was free', 'Widen sip.mediaPorts.'),
};
