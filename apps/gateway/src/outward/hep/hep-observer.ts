import type { Millis, TransportAddress } from '@earshot/base';
import type { SipEvent } from '@earshot/sip';
import type { AudioSection, CallTimeline, GatewayEvent, LegName, Sample } from '@earshot/telemetry';
import type { CallNow, CallObserver } from '../../timeline/observer.js';
import type { HepPacket } from './encode.js';
import { type RtcpReport, RtcpTally } from './rtcp-report.js';
import { SipIds } from './sip-ids.js';

/** How often reports of a leg are sent, as RTCP does itself. */
const REPORT_MS = 5_000;
/** As many calls as can run at once. Beyond, the one that was first heard of is forgotten. */
const MOST_CALLS = 100_000;

export type HepMessage = Pick<Extract<SipEvent, { readonly type: 'message' }>, 'direction' | 'flow' | 'bytes'>;

export type HepContent = Omit<HepPacket, 'captureId' | 'password'>;

export interface HepObserverOptions {
  readonly send: (packet: HepContent) => void;
  readonly now: () => Millis;
  /** What this machine is called towards a remote, where a socket is bound to all addresses. */
  readonly ownAddress: (remote: string) => string;
}

interface Leg {
  local?: TransportAddress;
  remote?: TransportAddress;
  tally?: RtcpTally;
  lastAt: Millis;
}

/** Hands SIP messages, and RTCP reports of both legs, on to Homer. */
export class HepObserver implements CallObserver {
  readonly #options: HepObserverOptions;
  readonly #ids = new SipIds();
  /** Of calls that are not closed. */
  readonly #calls = new Map<string, Map<LegName, Leg>>();

  constructor(options: HepObserverOptions) {
    this.#options = options;
  }

  /** A SIP message as it passed the socket. */
  message({ direction, flow: { local, remote }, bytes: payload }: HepMessage): void {
    const { send, now, ownAddress } = this.#options;
    const correlationId = this.#ids.callOf(direction, payload);
    const own = { address: isAny(local.address) ? ownAddress(remote.address) : local.address, port: local.port };
    send({
      protocol: 'sip',
      source: direction === 'in' ? remote : own,
      destination: direction === 'in' ? own : remote,
      at: now(),
      ...(correlationId === undefined ? {} : { correlationId }),
      payload,
    });
  }

  event(_at: Millis, event: GatewayEvent, { callId }: Pick<CallNow, 'callId'>): void {
    switch (event.type) {
      case 'ice.state': {
        const { remote, local } = event;
        if (remote !== undefined) this.#leg(callId, event.leg).remote = remote;
        if (local !== undefined) this.#leg(callId, event.leg).local = local;
        return;
      }
      case 'media.moved':
        this.#leg(callId, event.leg).remote = event.remote;
        return;
      case 'sip.message':
        this.#described(callId, event.leg, event.direction === 'in' ? 'remote' : 'local', event.audio);
        return;
      case 'sdp.set':
        this.#described(callId, event.leg, event.side, event.audio);
        return;
    }
  }

  sample(at: Millis, name: LegName, sample: Sample, { callId }: Pick<CallNow, 'callId'>): void {
    if (sample.source !== 'gateway') return;
    const leg = this.#leg(callId, name);
    leg.tally ??= new RtcpTally(callId, name);
    leg.tally.add(at, sample.figures);
    leg.lastAt = at;
    if (leg.tally.ageAt(at) >= REPORT_MS) this.#report(callId, leg, at);
  }

  closed({ callId }: CallTimeline): void {
    for (const leg of this.#calls.get(callId)?.values() ?? []) {
      if (leg.tally !== undefined && leg.tally.ageAt(leg.lastAt) > 0) this.#report(callId, leg, leg.lastAt);
    }
    this.#calls.delete(callId);
  }

  #leg(callId: string, name: LegName): Leg {
    const legs = this.#calls.get(callId) ?? new Map<LegName, Leg>();
    this.#calls.set(callId, legs);
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > MOST_CALLS && oldest !== undefined) this.#calls.delete(oldest);
    const leg: Leg = legs.get(name) ?? { lastAt: 0 };
    legs.set(name, leg);
    return leg;
  }

  #described(callId: string, name: LegName, side: 'local' | 'remote', audio: AudioSection | undefined): void {
    if (audio?.address === undefined || audio.port === undefined || audio.port === 0) return;
    this.#leg(callId, name)[side] = { address: audio.address, port: audio.port };
  }

  #report(callId: string, { local, remote, tally }: Leg, at: Millis): void {
    const reports = tally?.report(at);
    if (reports === undefined || local === undefined || remote === undefined) return;
    this.#send(callId, at, local, remote, reports.ours);
    if (reports.theirs !== undefined) this.#send(callId, at, remote, local, reports.theirs);
  }

  #send(callId: string, at: Millis, source: TransportAddress, destination: TransportAddress, report: RtcpReport): void {
    const payload = Buffer.from(JSON.stringify(report));
    // By the Call-ID of its SIP leg Homer shows a report beside the messages.
    const correlationId = this.#ids.sipIdOf(callId) ?? callId;
    this.#options.send({ protocol: 'rtcp', source, destination, at, correlationId, payload });
  }
}

const isAny = (address: string): boolean => address === '0.0.0.0' || address === '::';
