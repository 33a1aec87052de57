import type { Fault, IceCredentials } from '@earshot/base';
import type { Hop, LegStats, CallResult as ModelResult, Side } from '@earshot/calls';
import type { CallResult, ClientMessage, LegFigures, MediaDirection, ServerMessage } from '@earshot/signaling';
import { now as clockNow } from '../clock.js';
import type { BrowserSession } from '../sessions/session.js';
import { HeardQuality } from './heard-quality.js';
import type { Heard, Leg } from './leg.js';
import { partyOf } from './ongoing.js';
import { Uplink } from './uplink.js';

const RESULTS: Readonly<Record<ModelResult, CallResult>> = {
  completed: 'completed',
  cancelled: 'cancelled',
  busy: 'busy',
  'no-answer': 'unanswered',
  rejected: 'declined',
  failed: 'failed',
};

/** The hops of the call as seen from one side's browser. */
export function directionsOf(hops: readonly Hop[], side: Side): MediaDirection[] {
  const other: Side = side === 'caller' ? 'callee' : 'caller';
  const directions: MediaDirection[] = [];
  if (hops.includes(`${side}-sends`) || hops.includes(`${other}-hears`)) directions.push('up');
  if (hops.includes(`${other}-sends`) || hops.includes(`${side}-hears`)) directions.push('down');
  return directions;
}

function figures(stats: LegStats): LegFigures {
  const { codec, packetsReceived, packetsSent, packetsLost, jitterMs, roundTripMs } = stats;
  return {
    ...(codec === undefined ? {} : { codec }),
    packetsReceived,
    packetsSent,
    packetsLost,
    jitterMs,
    ...(roundTripMs === undefined ? {} : { roundTripMs }),
  };
}

type CallBackState = Extract<ServerMessage, { readonly type: 'call.callback' }>['state'];

/** Reports are logged; a page has no reason to send more of them in one call. */
const MAX_REPORTS = 16;

/** A leg whose signalling is earshot.v1. */
export class BrowserLeg implements Leg {
  readonly id: string;
  readonly session: BrowserSession;
  readonly callId: string;
  readonly side: Side;
  readonly #givesUpInMs: number;
  #described = false;
  /** A callee's page hears of the call when it rings, not before. */
  #known: boolean;
  /** Where its page wishes its user to be called back; `refusesFallback`: nowhere. */
  fallbackNumber: string | undefined;
  refusesFallback = false;
  /** Decides how its page sends; undefined where nothing follows its path. */
  uplink: Uplink | undefined;
  readonly #heard = new HeardQuality();
  #reports = 0;
  #request: ClientMessage['type'] = 'call.start';

  constructor(id: string, session: BrowserSession, callId: string, side: Side, givesUpInMs: number) {
    this.id = id;
    this.session = session;
    this.callId = callId;
    this.side = side;
    this.#known = side === 'caller';
    this.#givesUpInMs = givesUpInMs;
  }

  /** The leg of a page that was loaded anew: it knows of the call, and offers. */
  rejoined(id: string): BrowserLeg {
    const leg = new BrowserLeg(id, this.session, this.callId, this.side, this.#givesUpInMs);
    leg.#known = true;
    leg.fallbackNumber = this.fallbackNumber;
    leg.refusesFallback = this.refusesFallback;
    if (this.uplink !== undefined) leg.uplink = new Uplink();
    return leg;
  }

  callBack(state: CallBackState, fault?: Fault): void {
    const why = fault === undefined ? {} : { fault };
    this.session.send({ type: 'call.callback', callId: this.callId, state, ...why });
  }

  /** Which request of the browser is being worked on: a refusal names it. */
  asked(request: ClientMessage['type']): void {
    this.#request = request;
  }

  /** Whether one more report of this page is worth a line in the log. */
  mayReport(): boolean {
    this.#reports += 1;
    return this.#reports <= MAX_REPORTS;
  }

  invite({ sdp, displayName, uri }: Parameters<Leg['invite']>[0]): void {
    this.#described = true;
    this.#known = true;
    this.session.send({ type: 'call.incoming', callId: this.callId, from: partyOf(uri, displayName), sdp });
  }

  describe(sdp: string): void {
    const { callId } = this;
    if (this.#described) this.session.send({ type: 'call.description', callId, kind: 'answer', sdp });
    else this.session.send({ type: 'call.answer', callId, sdp });
    this.#described = true;
  }

  spare({ ufrag, pwd }: IceCredentials): void {
    this.session.send({ type: 'call.spare', callId: this.callId, ufrag, pwd });
  }

  // Ringing and the answer reach the browser as states; its SDP answer was there before.
  ring(): void {}
  answer(): void {}

  // `ended` tells the browser why.
  reject(): void {}
  hangUp(): void {}

  refuse(fault: Fault): void {
    this.session.send({ type: 'call.refused', callId: this.callId, request: this.#request, fault });
  }

  dtmf(digit: string, durationMs: number): void {
    this.session.send({ type: 'call.dtmf', callId: this.callId, digit, durationMs });
  }

  state({ state, waitingFor }: Parameters<Leg['state']>[0]): void {
    if (!this.#known) return;
    const waits = state === 'answered' || state === 'reconnecting';
    this.session.send({
      type: 'call.state',
      callId: this.callId,
      state,
      at: Date.now(),
      ...(waitingFor === undefined ? {} : { waitingFor: directionsOf(waitingFor, this.side) }),
      ...(waits ? { givesUpInMs: this.#givesUpInMs } : {}),
    });
  }

  stats(own: LegStats | undefined, other: LegStats | undefined, { here, there }: Heard): void {
    // Judged from the beginning, told once the page knows of the call.
    const sending = own === undefined ? undefined : this.uplink?.take(clockNow(), own);
    const quality = this.#heard.take(there, here);
    if (other === undefined || !this.#known) return;
    this.session.send({
      type: 'call.stats',
      callId: this.callId,
      far: figures(other),
      ...(own === undefined ? {} : { near: figures(own) }),
      ...(quality === undefined ? {} : { quality }),
      ...(sending === undefined ? {} : { sending }),
    });
  }

  ended({ result, by, fault }: Parameters<Leg['ended']>[0]): void {
    if (!this.#known) return;
    this.session.send({
      type: 'call.ended',
      callId: this.callId,
      result: RESULTS[result],
      by: by === 'gateway' ? 'gateway' : by === this.side ? 'browser' : 'far-end',
      ...(fault === undefined ? {} : { fault }),
    });
  }
}
