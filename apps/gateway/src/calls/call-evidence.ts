import type { LegMedia } from '@earshot/base';
import type { CallInput, CallOutput } from '@earshot/calls';
import type { LegName } from '@earshot/telemetry';
import { now as clockNow } from '../clock.js';
import type { Attention } from '../sessions/attention.js';
import type { Timeless } from '../timeless.js';
import { type CallWatch, gatewayEventOf } from '../timeline/index.js';

/** Which of the two legs is which. */
export interface LegsOfCall {
  readonly callerId: string;
  readonly calleeId: string;
  /** Legs that are browsers. */
  readonly browsers: readonly string[];
}

type Side = 'local' | 'remote';
type Kind = 'offer' | 'answer';

/** Writes down what goes into a call and what comes out of it, as far as it explains anything. */
export class CallEvidence {
  readonly #watch: CallWatch;
  #legs: LegsOfCall;
  /** By leg and side: repetitions say nothing. */
  readonly #described = new Map<string, string>();
  readonly #media = new Map<LegName, LegMedia>();
  #codecs = '';

  constructor(watch: CallWatch, legs: LegsOfCall) {
    this.#watch = watch;
    this.#legs = legs;
  }

  /** Another leg took the place of one. */
  replaced(legs: LegsOfCall): void {
    this.#legs = legs;
  }

  input(input: Timeless<CallInput>): void {
    if (this.#isStrange(input.type === 'media' ? input.event.legId : 'legId' in input ? input.legId : undefined))
      return;
    switch (input.type) {
      case 'start':
        this.#describe(input.caller.legId, 'remote', 'offer', input.caller.offerSdp);
        return;
      case 'leg.progress':
      case 'leg.answered':
        if (input.sdp !== undefined) this.#describe(input.legId, 'remote', 'answer', input.sdp);
        return;
      case 'leg.restarted':
        this.#watch.note({ type: 'ice.restart', leg: this.#nameOf(input.legId) });
        this.#describe(input.legId, 'remote', 'offer', input.sdp);
        return;
      case 'leg.description':
        this.#describe(input.legId, 'remote', 'offer', input.sdp);
        return;
      case 'leg.connection': {
        // That nobody answers is written down with `attention`.
        if (input.state === 'silent') return;
        const state = input.state === 'leaving' ? 'lost' : input.state;
        this.#watch.note({ type: 'leg.signaling', leg: this.#nameOf(input.legId), state });
        return;
      }
      case 'leg.failed':
        // What the SIP agent says of its legs is written down from there.
        if (this.#isBrowser(input.legId)) {
          this.#watch.note({ type: 'leg.failed', leg: this.#nameOf(input.legId), code: input.fault.code });
        }
        return;
      case 'leg.ended':
        if (this.#isBrowser(input.legId)) {
          this.#watch.note({ type: 'leg.ended', leg: this.#nameOf(input.legId), by: 'remote' });
        }
        return;
      case 'media':
        this.#mediaEvent(input.event);
        return;
    }
  }

  attention(legId: string, state: Attention, quietMs: number): void {
    this.#watch.note({ type: 'leg.signaling', leg: this.#nameOf(legId), state, quietMs: Math.round(quietMs) });
  }

  answered(legId: string, sdp: string): void {
    this.#describe(legId, 'remote', 'answer', sdp);
  }

  #mediaEvent(event: Extract<Timeless<CallInput>, { readonly type: 'media' }>['event']): void {
    const leg = this.#nameOf(event.legId);
    if (event.type === 'leg.dtmf') {
      // Browsers are told of digits by signalling, too.
      const isTold = this.#legs.browsers.some((legId) => legId !== event.legId);
      this.#watch.note({ type: 'dtmf.relayed', leg, delivered: event.relayed === true || isTold });
      return;
    }
    const noted = gatewayEventOf(clockNow(), leg, event);
    if (noted !== undefined) this.#watch.note(noted);
  }

  output(output: CallOutput): void {
    if ('legId' in output && this.#isStrange(output.legId)) return;
    switch (output.type) {
      case 'media':
        this.#command(output.command);
        return;
      case 'leg.replaced': {
        // What the old leg was told, and what it said, is over.
        this.#media.delete(this.#nameOf(output.legId));
        return;
      }
      case 'leg.describe':
        this.#describe(output.legId, 'local', 'answer', output.sdp);
        return;
      case 'leg.invite':
        this.#describe(output.legId, 'local', 'offer', output.sdp);
        return;
      case 'leg.ring':
      case 'leg.answer':
        if (output.sdp !== undefined) this.#describe(output.legId, 'local', 'answer', output.sdp);
        return;
      case 'state': {
        const { type: _, ...state } = output;
        // How it ended is said by `ended`, right after.
        if (state.state !== 'ended') this.#watch.note({ type: 'call.state', ...state });
        return;
      }
      case 'leg.callback': {
        const { legId, state, asked, fault } = output;
        const why = { ...(asked ? { asked } : {}), ...(fault === undefined ? {} : { code: fault.code }) };
        this.#watch.note({ type: 'leg.callback', leg: this.#nameOf(legId), state, ...why });
        return;
      }
      case 'leg.silence': {
        const { fault, afterMs } = output;
        this.#watch.note({ type: 'leg.silence', leg: this.#nameOf(output.legId), code: fault.code, afterMs });
        return;
      }
    }
  }

  #command(command: Extract<CallOutput, { readonly type: 'media' }>['command']): void {
    if ('legId' in command && this.#isStrange(command.legId)) return;
    if (command.type === 'webrtc.restart') {
      if (command.isSpare === true) return;
      this.#watch.note({ type: 'ice.restart', leg: this.#nameOf(command.legId) });
    } else if (command.type === 'webrtc.remote' || command.type === 'rtp.remote') {
      this.#media.set(this.#nameOf(command.legId), command.media);
      this.#noteCodecs();
    }
  }

  /** As soon as both legs have agreed on something, and whenever that changes. */
  #noteCodecs(): void {
    const [caller, callee] = [this.#media.get('caller')?.codecs, this.#media.get('callee')?.codecs];
    const [first] = caller ?? [];
    const same = callee?.find(({ name }) => name === first?.name);
    const other = same ?? callee?.[0];
    if (first === undefined || other === undefined || `${first.name} ${other.name}` === this.#codecs) return;
    this.#codecs = `${first.name} ${other.name}`;
    const mode = same === undefined ? 'transcode' : 'pass-through';
    this.#watch.note({ type: 'call.codecs', mode, caller: first.name, callee: other.name });
  }

  #describe(legId: string, side: Side, kind: Kind, sdp: string): void {
    const place = `${legId} ${side}`;
    if (this.#described.get(place) === sdp) return;
    this.#described.set(place, sdp);
    this.#watch.described(this.#nameOf(legId), side, kind, sdp);
  }

  /** Of a phone that is called in place of a browser, and has not taken the place yet. */
  #isStrange(legId: string | undefined): boolean {
    return legId !== undefined && legId !== this.#legs.callerId && legId !== this.#legs.calleeId;
  }

  #isBrowser(legId: string): boolean {
    return this.#legs.browsers.includes(legId);
  }

  #nameOf(legId: string): LegName {
    return legId === this.#legs.calleeId ? 'callee' : 'caller';
  }
}
