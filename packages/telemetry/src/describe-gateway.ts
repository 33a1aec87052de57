import { ERRORS, formatAddress } from '@earshot/base';
import { describeAudio, describeSending } from './describe-media.js';
import type { GatewayEvent } from './gateway-event.js';

type Of<Type extends GatewayEvent['type']> = Extract<GatewayEvent, { type: Type }>;

export function describeGatewayEvent(event: GatewayEvent): string {
  switch (event.type) {
    case 'call.state':
    case 'call.route':
    case 'call.codecs':
    case 'call.ended':
      return describeCallEvent(event);
    case 'leg.failed': {
      const status = event.status === undefined ? '' : `, SIP ${event.status}`;
      return `${event.leg} failed: ${event.code}${status}${event.detail === undefined ? '' : ` (${event.detail})`}`;
    }
    case 'leg.ended': {
      const who = event.by === 'remote' ? `${event.leg} hung up` : `the gateway let ${event.leg} go`;
      const why = [event.code, event.reason].filter((part) => part !== undefined);
      return why.length === 0 ? who : `${who}: ${why.join(', ')}`;
    }
    case 'leg.signaling':
      return describeSignalling(event);
    case 'leg.silence':
      return `${event.leg} has no media path after ${event.afterMs} ms: ${event.code}, ${ERRORS[event.code].what}`;
    case 'sip.message':
      return describeSipMessage(event);
    case 'sdp.set': {
      const whose = event.side === 'remote' ? `${event.kind} of ${event.leg}` : `our ${event.kind} to ${event.leg}`;
      return `${whose}${describeAudio(event.audio)}`;
    }
    case 'dtmf.relayed':
      return `a digit of ${event.leg}${event.delivered ? ' was passed on' : ' could not be passed on'}`;
    case 'media.moved':
      return `media of ${event.leg} comes from ${formatAddress(event.remote)} now`;
    case 'media.received':
      return `first audio from ${event.leg}`;
    case 'media.delivered':
      return `${event.leg} ${event.evidence === 'denied' ? 'says it hears nothing' : `hears us (${event.evidence})`}`;
    case 'leg.replaced':
      return event.reason === 'rejoined'
        ? `the page of ${event.leg} was loaded anew and is back in the call`
        : `${event.leg} goes on by phone`;
    case 'leg.callback':
      return `the phone of ${event.leg}: ${event.state}${event.asked === true ? ', as asked' : ''}${event.code === undefined ? '' : `, ${event.code}`}`;
    case 'call.passed_over':
      return `a waiting page was passed over: ${event.reason}`;
    case 'media.adapted':
      return `${event.leg} is sent ${describeSending(event)}`;
    case 'gateway.stalled':
      return `the gateway stood still for ${Math.round(event.lateMs)} ms`;
    case 'ice.settings':
    case 'ice.advertised':
    case 'ice.restart':
    case 'ice.check':
    case 'ice.state':
      return describeIceEvent(event);
    case 'dtls.flight':
    case 'dtls.partial_flight':
    case 'dtls.alert':
    case 'dtls.state':
      return describeDtlsEvent(event);
  }
}

function describeCallEvent(event: Of<'call.state' | 'call.route' | 'call.codecs' | 'call.ended'>): string {
  switch (event.type) {
    case 'call.state': {
      const waiting = event.waitingFor === undefined ? '' : `, waiting for ${event.waitingFor.join(', ')}`;
      return `call ${event.state}${event.side === undefined ? '' : ` (${event.side})`}${waiting}`;
    }
    case 'call.route': {
      const route = event.route === undefined ? '' : ` by route ${event.route}`;
      return `${event.direction} call${route}${event.trunk === undefined ? '' : ` through trunk ${event.trunk}`}`;
    }
    case 'call.codecs': {
      const how = event.mode === 'pass-through' ? 'passes as it is' : 'is transcoded';
      return `audio ${how}: ${event.caller} to ${event.callee}`;
    }
    case 'call.ended':
      return `call ended: ${event.result}, by ${event.by}${event.code === undefined ? '' : `, ${event.code}`}`;
  }
}

function describeSipMessage(event: Of<'sip.message'>): string {
  const { leg, direction, method, status, phrase, retransmission, reason, remote } = event;
  const what = status === undefined ? method : `${status} ${phrase ?? ''}`.trim().concat(` to ${method}`);
  const way = direction === 'in' ? `${leg} sent` : `sent to ${leg}:`;
  const again = retransmission ? ' again' : '';
  const where = remote === undefined ? '' : ` (${formatAddress(remote)})`;
  return `${way} ${what}${again}${where}${reason === undefined ? '' : `: ${reason}`}${describeAudio(event.audio)}`;
}

function describeIceEvent(event: Extract<GatewayEvent, { type: `ice.${string}` }>): string {
  switch (event.type) {
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
  }
}

function describeDtlsEvent(event: Extract<GatewayEvent, { type: `dtls.${string}` }>): string {
  switch (event.type) {
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
  }
}

function describeSignalling({ leg, state, quietMs }: Of<'leg.signaling'>): string {
  const span = quietMs === undefined ? '' : ` for ${(quietMs / 1000).toFixed(1)} s`;
  switch (state) {
    case 'quiet':
      return `${leg}'s page said nothing${span}, and its browser answers a ping`;
    case 'silent':
      return `nothing came over ${leg}'s signalling${span}, and a ping is not answered`;
    case 'heard':
      return `${leg}'s page speaks again`;
    default:
      return `${leg}'s signalling ${state}`;
  }
}
