import type { BrowserEvent } from '../browser-event.js';
import type { TurnTransport } from '../candidate.js';
import { readEvent } from './own-events.js';
import { readAudio, readCandidate } from './sdp.js';
import type { Untimed } from './timeline-of.js';
import type { TraceEvent } from './trace.js';
import { fieldsOf, isFields, listOf, numberOf, textOf } from './values.js';

type Of<Type extends BrowserEvent['type']> = Extract<BrowserEvent, { type: Type }>;

/** Our own export writes events that rtcstats has no name for under this one. */
export const OWN_EVENT = 'earshot.event';

/** Who made a dump, as the first line of a connection of our own export says. */
export const OWN_APPLICATION = 'Earshot';

/**
 * The events of a connection that count: browsers say the state of ICE besides that of the connection, and where both are
 * said, the latter decides.
 */
export function decisive(events: readonly TraceEvent[]): readonly TraceEvent[] {
  const saysBoth = events.some(({ name }) => name === 'onconnectionstatechange');
  return saysBoth ? events.filter(({ name }) => name !== 'oniceconnectionstatechange') : events;
}

/** What happened on a connection. */
export function readPeerEvent({ name, value }: TraceEvent): readonly Untimed[] {
  switch (name) {
    case OWN_EVENT: {
      const event = readEvent('browser', value);
      return event === undefined ? [] : [event as Untimed];
    }
    case 'create':
      // Our own export has the attempt besides.
      if (fieldsOf(value).application === OWN_APPLICATION) return [];
      return [{ type: 'ice.attempt', policy: policyOf(value), reason: 'start' }];
    case 'restartIce':
      return [{ type: 'ice.attempt', policy: 'all', reason: 'asked' }];
    case 'setLocalDescription':
    case 'setLocalDescriptionOnSuccess':
      return description('local', value);
    case 'setRemoteDescription':
      return description('remote', value);
    case 'setLocalDescriptionOnFailure':
      return [refusal('local', value)];
    case 'setRemoteDescriptionOnFailure':
      return [refusal('remote', value)];
    case 'onicecandidate':
      return candidate(value);
    case 'onicecandidateerror':
      return candidateError(value);
    case 'onicegatheringstatechange':
      return isGathering(value) ? [{ type: 'ice.gathering', state: value }] : [];
    case 'onconnectionstatechange':
      return isConnection(value) ? [{ type: 'ice.connection', state: value }] : [];
    case 'oniceconnectionstatechange':
      return iceConnection(value);
    case 'replaceTrack':
      return replacement(value);
    case 'close':
      return [{ type: 'ice.connection', state: 'closed' }];
    default:
      return [];
  }
}

const policyOf = (configuration: unknown): 'all' | 'relay' =>
  fieldsOf(configuration).iceTransportPolicy === 'relay' ? 'relay' : 'all';

function description(side: 'local' | 'remote', value: unknown): readonly Untimed[] {
  const { type, sdp } = fieldsOf(value);
  // A provisional answer decides like an answer; a rollback decides nothing.
  const kind = type === 'offer' ? 'offer' : type === 'answer' || type === 'pranswer' ? 'answer' : undefined;
  if (kind === undefined || typeof sdp !== 'string') return [];
  const described = readAudio(sdp);
  if (described === undefined) return [{ type: 'sdp.set', side, kind }];
  const { audio, candidates } = described;
  return [{ type: 'sdp.set', side, kind, audio, ...(candidates.length === 0 ? {} : { candidates }) }];
}

/** `InvalidAccessError: Failed to ...` */
function refusal(side: 'local' | 'remote', value: unknown): Untimed {
  const [name = '', ...rest] = (textOf(value) ?? 'Error').split(': ');
  return {
    type: 'sdp.refused',
    side,
    name: name.slice(0, 64),
    ...(rest.length === 0 ? {} : { message: rest.join(': ') }),
  };
}

const RELAY_PROTOCOLS: ReadonlySet<unknown> = new Set<TurnTransport>(['udp', 'tcp', 'tls']);

function candidate(value: unknown): readonly Untimed[] {
  const { candidate: line, url, relayProtocol } = fieldsOf(value);
  const facts = typeof line === 'string' ? readCandidate(line) : undefined;
  if (facts === undefined) return [];
  const server = textOf(url);
  const protocol = RELAY_PROTOCOLS.has(relayProtocol) ? (relayProtocol as TurnTransport) : undefined;
  return [
    {
      type: 'ice.candidate',
      candidate: {
        ...facts,
        ...(protocol === undefined ? {} : { relayProtocol: protocol }),
        ...(server === undefined ? {} : { url: server }),
      },
    },
  ];
}

function candidateError(value: unknown): readonly Untimed[] {
  if (!isFields(value)) return [];
  const errorCode = numberOf(value.errorCode) ?? Number(value.errorCode);
  const url = textOf(value.url);
  const errorText = textOf(value.errorText);
  const address = textOf(value.address ?? value.hostCandidate, 64);
  if (!Number.isInteger(errorCode) || url === undefined) return [];
  return [
    {
      type: 'ice.candidate_error',
      url,
      errorCode,
      ...(errorText === undefined ? {} : { errorText }),
      ...(address === undefined ? {} : { address }),
    },
  ];
}

const GATHERING: ReadonlySet<unknown> = new Set<Of<'ice.gathering'>['state']>(['new', 'gathering', 'complete']);
const isGathering = (state: unknown): state is Of<'ice.gathering'>['state'] => GATHERING.has(state);

const CONNECTION: ReadonlySet<unknown> = new Set<Of<'ice.connection'>['state']>([
  ...(['new', 'connecting', 'connected', 'disconnected', 'failed', 'closed'] as const),
]);
const isConnection = (state: unknown): state is Of<'ice.connection'>['state'] => CONNECTION.has(state);

/** The state of ICE alone, by the names that the connection has for it: of browsers that did not say the latter. */
function iceConnection(value: unknown): readonly Untimed[] {
  if (typeof value !== 'string') return [];
  // The oldest dumps name it as the library did: `ICEConnectionStateCompleted`.
  const name = value.replace(/^k?IceConnection(State)?/i, '').toLowerCase();
  const state = name === 'checking' ? 'connecting' : name === 'completed' ? 'connected' : name;
  return isConnection(state) ? [{ type: 'ice.connection', state }] : [];
}

/** `[before, after]`, each a track as `[kind, id, ...]`, or null. */
function replacement(value: unknown): readonly Untimed[] {
  const [before, after] = listOf(value);
  const kinds = [before, after].map((track) => listOf(track)[0]);
  if (!kinds.includes('audio')) return [];
  return [{ type: 'mic.track', state: after === null ? 'removed' : 'replaced' }];
}
