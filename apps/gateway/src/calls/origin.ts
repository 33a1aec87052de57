import { err, type Fault, fault, formatAddress, ok, Pii, type Result, type TransportAddress } from '@earshot/base';
import { type CallerDescription, type Route, statusOfFault } from '@earshot/calls';
import type { ClientMessage } from '@earshot/signaling';
import type { SipEvent } from '@earshot/sip';
import { mayCall } from '../auth/tokens.js';
import type { Config } from '../config/schema.js';
import type { Log } from '../log.js';
import { advertisedTowards } from '../net/addresses.js';
import type { BrowserSession } from '../sessions/session.js';
import type { SipPort } from '../sip/udp-agent.js';
import type { CallWatch } from '../timeline/index.js';
import type { Asker } from './attempts.js';
import { BrowserLeg } from './browser-leg.js';
import type { Callee, Callees } from './callees.js';
import type { Leg } from './leg.js';
import { SipLeg } from './sip-leg.js';

/** A call that can begin. */
export interface Prepared {
  readonly caller: Leg;
  readonly description: CallerDescription;
  readonly callee: Callee;
  /** As the page wrote it, which is what policies of destinations go by. */
  readonly dialled?: string;
}

/** Where a call comes from, as long as it has no legs. */
export interface Origin {
  readonly callId: string;
  readonly by: Asker;
  /** Names or numbers of both parties: personal data. */
  readonly from: string;
  readonly to: string;
  /** Finds who is called. Faults are for `refuse`. */
  prepare(log: Log, watch: Pick<CallWatch, 'note'>): Promise<Result<Prepared>>;
  refuse(failure: Fault): void;
  /** The caller gave up meanwhile. */
  cancelled(): void;
}

export interface OriginOptions {
  readonly config: Config;
  readonly agent: SipPort;
  readonly callees: Callees;
  readonly routes: readonly Route[];
}

type StartMessage = Extract<ClientMessage, { type: 'call.start' }>;
export type IncomingEvent = Extract<SipEvent, { type: 'incoming' }>;

/** A page calls. */
export function browserOrigin(session: BrowserSession, message: StartMessage, options: OriginOptions): Origin {
  const { callId, sdp, displayName } = message;
  const { config, callees, routes } = options;
  const to = callees.localName(message.to);
  const { identity } = session;
  return {
    callId,
    by: session,
    from: identity.name,
    to,
    async prepare(log, watch) {
      log.info({ from: new Pii(identity.name), to: new Pii(to), kind: 'browser' }, 'call starts');
      if (!mayCall(identity, to)) return err(fault('auth.destination_not_allowed'));
      const callee = await callees.find({ callId, to, routes, watch, caller: session });
      if (!callee.ok) return callee;
      const caller = new BrowserLeg(`${callId}-a`, session, callId, 'caller', config.calls.audioSeconds * 1000);
      const uri = uriOf(identity.name, callee.value.advertised);
      const named = displayName === undefined ? {} : { displayName };
      const description: CallerDescription = { legId: caller.id, kind: 'browser', offerSdp: sdp, uri, ...named };
      return ok({ caller, description, callee: callee.value, dialled: message.to });
    },
    refuse(failure) {
      session.send({ type: 'call.ended', callId, result: 'failed', by: 'gateway', fault: failure });
    },
    cancelled() {
      session.send({ type: 'call.ended', callId, result: 'cancelled', by: 'browser' });
    },
  };
}

/** The SIP address of a browser's user; without an address of ours on the way, one that leads nowhere. */
function uriOf(name: string, advertised: TransportAddress | undefined): string {
  return `sip:${name}@${advertised === undefined ? 'anonymous.invalid' : formatAddress(advertised)}`;
}

/** The phone network calls. `isFree`: whether a call can have this id. */
export function sipOrigin(event: IncomingEvent, isFree: (callId: string) => boolean, options: OriginOptions): Origin {
  const { legId, request, sdp, flow } = event;
  const { config, agent, callees, routes } = options;
  const { from, sessionId } = request;
  const to = request.uri.user ?? '';
  // The caller's half of Session-ID names the call, except for the nil one (RFC 7989 section 5), which many send.
  const callId = sessionId !== undefined && /[^0]/.test(sessionId) && isFree(sessionId) ? sessionId : legId;
  return {
    callId,
    by: legId,
    from: from.user ?? from.uri,
    to,
    async prepare(log, watch) {
      log.info({ from: new Pii(from.uri), to: new Pii(to), kind: 'sip' }, 'call starts');
      // The callee comes last: a page that waits when it is found is told at once.
      const address = await advertisedTowards(flow.remote.address, config.sip);
      const found = await callees.find({ callId, to, routes, watch });
      if (!found.ok) return found;
      if (sdp === undefined) return err(fault('media.no_audio', 'an INVITE without an offer is not supported'));
      const callee = { ...found.value, advertised: { address, port: agent.local.port } };
      const named = from.displayName === undefined ? {} : { displayName: from.displayName };
      const description: CallerDescription = { legId, kind: 'sip', offerSdp: sdp, uri: from.uri, ...named };
      return ok({ caller: new SipLeg(legId, agent), description, callee });
    },
    refuse(failure) {
      agent.handle({ type: 'reject', legId, status: statusOfFault(failure) });
    },
    // Its CANCEL was answered by the agent.
    cancelled() {},
  };
}
