import { isErrorCode } from '@earshot/base';
import type { BrowserEvent } from '../browser-event.js';
import type { GatewayEvent } from '../gateway-event.js';
import type { RelayEvent } from '../relay-event.js';
import type { TimelineEntry } from '../timeline.js';
import type { VerdictEvent } from '../verdict.js';
import { type Fields, isFields } from './values.js';

type Source = TimelineEntry['source'];

/**
 * What each kind of event must have so that nothing that reads it falls over: names of members with their kind.
 *   s text, n number, b true or false, c code, a address and port, A list of these, S list of texts,
 *   C candidate, o object
 */
type Needs = string;

const LEG = 'leg:s';

const BROWSER: Readonly<Record<BrowserEvent['type'], Needs>> = {
  'client.info': 'browser:o sdk:s',
  'client.network': 'network:o',
  'client.lifecycle': 'state:s',
  'client.stalled': 'lateMs:n',
  'client.signaling': 'state:s',
  'client.shed': 'samples:n',
  'call.seen': 'state:s',
  'call.key': 'sent:b',
  'mic.asked': 'secure:b',
  'mic.waiting': 'waitedMs:n',
  'mic.opened': '',
  'mic.failed': 'code:c name:s',
  'mic.track': 'state:s',
  'mic.devices': 'inputs:n outputs:n',
  'mic.switched': 'reason:s',
  'media.adapted': 'bitrate:n ptimeMs:n fec:b red:b',
  'playout.state': 'state:s',
  'sdp.set': 'side:s kind:s',
  'sdp.refused': 'side:s name:s',
  'dtls.connection': 'state:s',
  'ice.gathering': 'state:s',
  'ice.candidate': 'candidate:C',
  'ice.candidate_error': 'url:s errorCode:n',
  'ice.connection': 'state:s',
  'ice.pair': 'local:C remote:C',
  'ice.attempt': 'policy:s reason:s',
};

const GATEWAY: Readonly<Record<GatewayEvent['type'], Needs>> = {
  'call.state': 'state:s',
  'call.route': 'direction:s',
  'call.codecs': 'mode:s caller:s callee:s',
  'call.ended': 'result:s by:s',
  'leg.failed': `${LEG} code:c`,
  'leg.ended': `${LEG} by:s`,
  'sip.message': `${LEG} direction:s method:s cseq:n retransmission:b bytes:n`,
  'sdp.set': `${LEG} side:s kind:s`,
  'dtmf.relayed': `${LEG} delivered:b`,
  'media.moved': `${LEG} remote:a`,
  'leg.replaced': `${LEG} reason:s`,
  'leg.callback': `${LEG} state:s`,
  'call.passed_over': 'reason:s',
  'media.adapted': `${LEG} bitrate:n ptimeMs:n fec:b red:b`,
  'gateway.stalled': 'lateMs:n',
  'leg.signaling': `${LEG} state:s`,
  'ice.settings': `${LEG} policy:s urls:S`,
  'ice.advertised': `${LEG} candidates:A`,
  'ice.restart': LEG,
  'ice.check': `${LEG} outcome:s from:a count:n until:n`,
  'ice.state': `${LEG} state:s`,
  'leg.silence': `${LEG} code:c afterMs:n`,
  'dtls.flight': `${LEG} direction:s flight:n bytes:n retransmission:b`,
  'dtls.partial_flight': `${LEG} flight:n bytes:n`,
  'dtls.alert': `${LEG} level:s description:n`,
  'dtls.state': `${LEG} state:s`,
  'media.received': LEG,
  'media.delivered': `${LEG} evidence:s`,
};

const CLIENT = 'transport:s client:a';
const RELAY: Readonly<Record<RelayEvent['type'], Needs>> = {
  'turn.allocated': `${CLIENT} relayed:a lifetimeMs:n`,
  'turn.refused': `${CLIENT} method:s status:n code:c count:n`,
  'turn.relaying': `${CLIENT} peer:a direction:s`,
  'turn.closed': `${CLIENT} reason:s durationMs:n packetsUp:n packetsDown:n droppedUp:n droppedDown:n`,
};

const VERDICT = 'code:c layer:s side:s weight:s confidence:n text:s';
const DIAGNOSIS: Readonly<Record<VerdictEvent['type'], Needs>> = {
  'verdict.raised': VERDICT,
  'verdict.withdrawn': VERDICT,
};

const NEEDS: Readonly<Record<Source, Readonly<Record<string, Needs>>>> = {
  browser: BROWSER,
  gateway: GATEWAY,
  relay: RELAY,
  diagnosis: DIAGNOSIS,
};

/** What may be left out, and has this kind where it is there; by name, whatever event it is in. */
const MAY_HAVE: Readonly<Record<string, string>> = {
  audio: 'd',
  network: 'o',
  peer: 'a',
  local: 'l',
  remote: 'l',
  code: 'c',
  candidates: 'L',
  waitingFor: 'S',
};

const isPlace = (value: unknown): boolean =>
  isFields(value) && typeof value.address === 'string' && typeof value.port === 'number';

const isCandidate = (value: unknown): boolean =>
  isFields(value) && typeof value.type === 'string' && typeof value.protocol === 'string';

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string');

const KINDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  s: (value) => typeof value === 'string',
  n: (value) => typeof value === 'number' && Number.isFinite(value),
  b: (value) => typeof value === 'boolean',
  c: (value) => typeof value === 'string' && isErrorCode(value),
  a: isPlace,
  A: (value) => Array.isArray(value) && value.every(isPlace),
  S: isTexts,
  C: isCandidate,
  o: isFields,
  d: (value) => isFields(value) && typeof value.direction === 'string' && isTexts(value.codecs),
  l: (value) => isPlace(value) || isCandidate(value),
  L: (value) => Array.isArray(value) && (value.every(isPlace) || value.every(isCandidate)),
};

/** An event of a timeline that came from a file, where it is one that this version knows. */
export function readEvent(source: Source, value: unknown): TimelineEntry['event'] | undefined {
  if (!isFields(value) || typeof value.type !== 'string') return undefined;
  const needs = Object.hasOwn(NEEDS[source], value.type) ? NEEDS[source][value.type] : undefined;
  if (needs === undefined || !fulfils(value, needs) || !wellFormed(value)) return undefined;
  return value as unknown as TimelineEntry['event'];
}

const fulfils = (event: Fields, needs: Needs): boolean =>
  needs === '' ||
  needs.split(' ').every((need) => {
    const [name = '', kind = ''] = need.split(':');
    return KINDS[kind]?.(event[name]) === true;
  });

const wellFormed = (event: Fields): boolean =>
  Object.entries(MAY_HAVE).every(([name, kind]) => event[name] === undefined || KINDS[kind]?.(event[name]) === true);
