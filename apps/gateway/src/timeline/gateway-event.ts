import type { Millis } from '@earshot/base';
import type { MediaEvent } from '@earshot/calls';
import type { GatewayEvent, LegName } from '@earshot/telemetry';
import { plainText } from './sip-event.js';

/** A media event as an entry of the timeline. Figures have their own place; which key was pressed is nobody's business. */
export function gatewayEventOf(now: Millis, leg: LegName, event: MediaEvent): GatewayEvent | undefined {
  switch (event.type) {
    case 'leg.ice': {
      const { state, remote, local } = event;
      const ends = { ...(remote === undefined ? {} : { remote }), ...(local === undefined ? {} : { local }) };
      return { type: 'ice.state', leg, state, ...ends };
    }
    case 'leg.check': {
      const { outcome, from, local, count } = event;
      return { type: 'ice.check', leg, outcome, from, ...(local === undefined ? {} : { local }), count, until: now };
    }
    case 'leg.dtls': {
      const { state, profile, durationMs } = event;
      const secured = {
        ...(profile === undefined ? {} : { profile }),
        ...(durationMs === undefined ? {} : { durationMs }),
      };
      return { type: 'dtls.state', leg, state, ...secured };
    }
    case 'leg.flight': {
      const { direction, flight, bytes, retransmission } = event;
      return { type: 'dtls.flight', leg, direction, flight, bytes, retransmission };
    }
    case 'leg.partial_flight':
      return { type: 'dtls.partial_flight', leg, flight: event.flight, bytes: event.bytes };
    case 'leg.alert':
      return { type: 'dtls.alert', leg, level: event.level, description: event.description };
    case 'leg.received':
      return { type: 'media.received', leg };
    case 'leg.delivered':
      return { type: 'media.delivered', leg, evidence: event.evidence };
    case 'leg.adapted': {
      const { bitrate, ptimeMs, fec, red } = event;
      return { type: 'media.adapted', leg, bitrate, ptimeMs, fec, red };
    }
    case 'leg.moved':
      return { type: 'media.moved', leg, remote: event.remote };
    case 'leg.stalled':
      // Both legs of a call are on one thread: said of one, it is said of both.
      return leg === 'caller' ? { type: 'gateway.stalled', lateMs: Math.round(event.lateMs) } : undefined;
    case 'leg.failed': {
      const { code, detail } = event.fault;
      return { type: 'leg.failed', leg, code, ...(detail === undefined ? {} : { detail: plainText(detail) }) };
    }
    case 'rtp.opened':
    case 'leg.dtmf':
    case 'leg.stats':
      return undefined;
  }
}
