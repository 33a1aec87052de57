import { ERRORS, formatAddress } from '@earshot/base';
import type { BrowserEvent } from './browser-event.js';
import type { CandidateFacts } from './candidate.js';
import type { GatewayEvent } from './gateway-event.js';
import type { RelayEvent } from './relay-event.js';
import type { TimelineEntry } from './timeline.js';

/** What an entry says, as a plain phrase. */
export function describeEntry(entry: TimelineEntry): string {
  switch (entry.source) {
    case 'browser':
      return describeBrowserEvent(entry.event);
    case 'gateway':
      return describeGatewayEvent(entry.event);
    case 'relay':
      return describeRelayEvent(entry.event);
    case 'diagnosis':
      return entry.event.text;
  }
}

const ATTEMPTS: Readonly<Record<Extract<BrowserEvent, { type: 'ice.attempt' }>['reason'], string>> = {
  start: 'the call begins',
  'media-lost': 'media was lost',
  asked: 'the page asked for it',
  credentials: 'its relay credentials run out',
  'relay-only': 'other ways did not last',
};

function describeBrowserEvent(event: BrowserEvent): string {
  switch (event.type) {
    case 'ice.attempt': {
      const ways = event.policy === 'relay' ? 'relays only' : 'every way';
      return `tries ${ways}: ${ATTEMPTS[event.reason]}`;
    }
    case 'ice.gathering':
      return `candidates: ${event.state}`;
    case 'ice.candidate':
      return `candidate ${describeCandidate(event.candidate)}`;
    case 'ice.candidate_error': {
      const text = event.errorText === undefined || event.errorText === '' ? '' : ` (${event.errorText})`;
      return `${event.url} gave no candidate: ${event.errorCode}${text}`;
    }
    case 'ice.connection':
      return `connection ${event.state}`;
    case 'ice.pair': {
      const time = event.roundTripMs === undefined ? '' : `, ${Math.round(event.roundTripMs)} ms there and back`;
      return `media goes from ${describeCandidate(event.local)} to ${describePlace(event.remote)}${time}`;
    }
    default:
      return event.type;
  }
}

function describeCandidate(candidate: CandidateFacts): string {
  const { type, protocol, relayProtocol, url } = candidate;
  const how = type === 'relay' ? (relayProtocol ?? protocol) : protocol;
  return `${type} ${describePlace(candidate)} over ${how.toUpperCase()}${url === undefined ? '' : ` by ${url}`}`;
}

function describePlace({ address, port }: CandidateFacts): string {
  if (address === undefined) return 'an unknown address';
  return port === undefined ? address : formatAddress({ address, port });
}

function describeGatewayEvent(event: GatewayEvent): string {
  switch (event.type) {
    case 'call.state': {
      const waiting = event.waitingFor === undefined ? '' : `, waiting for ${event.waitingFor.join(', ')}`;
      return `call ${event.state}${event.side === undefined ? '' : ` (${event.side})`}${waiting}`;
    }
    case 'call.ended':
      return `call ended: ${event.result}, by ${event.by}${event.code === undefined ? '' : `, ${event.code}`}`;
    case 'leg.failed':
      return `${event.leg} failed: ${event.code}`;
    case 'leg.signaling':
      return `${event.leg}'s signalling ${event.state}`;
    case 'leg.silence':
      return `${event.leg} has no media path after ${event.afterMs} ms: ${event.code}, ${ERRORS[event.code].what}`;
    case 'ice.settings': {
      const urls = event.urls.length === 0 ? 'no relay' : event.urls.join(', ');
      return `${event.leg} was given policy ${event.policy} and ${urls}`;
    }
    case 'ice.advertised':
      return `${event.leg} was told to send to ${event.candidates.map(formatAddress).join(', ')}`;
    case 'ice.restart':
      return `${event.leg} restarts ICE`;
    case 'ice.check': {
      const times = event.count === 1 ? 'a check' : `at least ${event.count} checks`;
      return `${times} of ${event.leg} from ${formatAddress(event.from)}: ${event.outcome}`;
    }
    case 'ice.state':
      return `${event.leg}'s path ${event.state}${event.remote === undefined ? '' : `, at ${formatAddress(event.remote)}`}`;
    case 'dtls.flight': {
      const again = event.retransmission ? ' again' : '';
      return `DTLS flight ${event.flight} ${event.direction} of ${event.leg}${again}, ${event.bytes} bytes`;
    }
    case 'dtls.partial_flight':
      return `a part of DTLS flight ${event.flight} of ${event.leg}, ${event.bytes} bytes`;
    case 'dtls.alert':
      return `DTLS alert of ${event.leg}: ${event.level} ${event.description}`;
    case 'dtls.state': {
      const took = event.durationMs === undefined ? '' : ` after ${Math.round(event.durationMs)} ms`;
      return `${event.leg}'s DTLS ${event.state}${took}${event.profile === undefined ? '' : `, ${event.profile}`}`;
    }
    case 'media.received':
      return `first audio from ${event.leg}`;
    case 'media.delivered':
      return `${event.leg} ${event.evidence === 'denied' ? 'says it hears nothing' : `hears us (${event.evidence})`}`;
    default:
      return event.type;
  }
}

function describeRelayEvent(event: RelayEvent): string {
  const client = `${formatAddress(event.client)} over ${event.transport.toUpperCase()}`;
  switch (event.type) {
    case 'turn.allocated':
      return `allocation for ${client}: ${formatAddress(event.relayed)}`;
    case 'turn.refused': {
      const peer = event.peer === undefined ? '' : ` to ${formatAddress(event.peer)}`;
      const times = event.count === 1 ? '' : `, ${event.count} times`;
      return `refused ${event.method}${peer} of ${client}: ${event.status} ${event.code}${times}`;
    }
    case 'turn.relaying':
      return `first data ${event.direction === 'up' ? 'to' : 'from'} ${formatAddress(event.peer)} for ${client}`;
    case 'turn.closed': {
      const { packetsUp, packetsDown, droppedUp, droppedDown } = event;
      const lost = droppedUp + droppedDown === 0 ? '' : `, ${droppedUp + droppedDown} dropped`;
      return `allocation of ${client} closed (${event.reason}): ${packetsUp} packets up, ${packetsDown} down${lost}`;
    }
  }
}
