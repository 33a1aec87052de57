import { err, fault, ok, type Result } from '@earshot/base';
import type { MediaCommand } from '../media.js';
import { type CodecPlan, type CodecRules, planCodecs } from '../offer-answer/codec-policy.js';
import type { Leg } from './leg.js';

/** A side, whose leg may be another one later. */
interface Holder {
  readonly leg: Leg;
}

/** What the callee's description leads to. */
export interface Joined {
  readonly commands: readonly MediaCommand[];
  /** Our answer to the caller. */
  readonly callerSdp: string;
  /** The callee's media is somewhere else than said before. */
  readonly moved: boolean;
}

/** Offer and answer across the two legs of a call: which codecs each is shown, in what order, and when they are joined. */
export class Negotiation {
  readonly #caller: Holder;
  readonly #callee: Holder;
  #plan: CodecPlan = { caller: [], callee: [] };
  #callerSdp: string | undefined;
  #bridged = false;

  constructor(caller: Holder, callee: Holder) {
    this.#caller = caller;
    this.#callee = callee;
  }

  /** Nothing rings before both legs have somewhere to take media. */
  get ready(): boolean {
    return this.#caller.leg.ready && this.#callee.leg.ready;
  }

  /**
   * Reads the caller's offer, decides on codecs and opens both legs. A calling browser is answered at once
   * (`callerSdp`), so that its ICE and DTLS are complete when somebody answers; a SIP caller when the callee has chosen.
   * Faults: `media.bad_sdp`, `media.no_audio`, `media.codec_mismatch`; then nothing was opened.
   */
  begin(
    callId: string,
    offerSdp: string,
    rules: CodecRules,
  ): Result<{ readonly commands: readonly MediaCommand[]; readonly callerSdp?: string }> {
    const offered = this.#caller.leg.receiveOffer(offerSdp);
    if (!offered.ok) return offered;
    const plan = planCodecs(rules, { kind: this.#caller.leg.kind, codecs: offered.value }, this.#callee.leg.kind);
    if (!plan.ok) return plan;
    this.#plan = plan.value;
    const opening = [this.#caller.leg.open(callId), this.#callee.leg.open(callId)];
    if (this.#caller.leg.kind === 'sip') return ok({ commands: opening });
    const answer = this.#answerCaller();
    if (!answer.ok) return answer;
    const { sdp, commands } = answer.value;
    return ok({ commands: [...opening, ...commands], callerSdp: sdp });
  }

  /** The offer to the callee; call it once `ready`. */
  inviteCallee(): string {
    return this.#callee.leg.offer(this.#plan.callee);
  }

  /**
   * Takes the SDP of a provisional or final answer of the callee. Without one, what a provisional answer said stands
   * (RFC 3261 section 13.2.1). Faults: `media.bad_sdp`, `media.no_audio`, `media.codec_mismatch`.
   */
  acceptCallee(sdp: string | undefined): Result<Joined> {
    if (sdp === undefined && this.#callee.leg.media === undefined) {
      return err(fault('media.bad_sdp', 'the answer carries no session description'));
    }
    const accepted = sdp === undefined ? ok({ commands: [], moved: false }) : this.#callee.leg.acceptAnswer(sdp);
    if (!accepted.ok) return accepted;
    const answer = this.#answerCaller();
    if (!answer.ok) return answer;
    const commands = [...accepted.value.commands, ...answer.value.commands];
    if (!this.#bridged) {
      this.#bridged = true;
      commands.push({ type: 'bridge', legIds: [this.#caller.leg.legId, this.#callee.leg.legId] });
    }
    return ok({ commands, callerSdp: answer.value.sdp, moved: accepted.value.moved });
  }

  /** Answers an offer in mid-call; the other leg never hears of it. A fault leaves the leg as it was. */
  redescribe(leg: Leg, offerSdp: string, abandons = false): ReturnType<Leg['reoffer']> {
    const described = leg.reoffer(offerSdp, abandons);
    if (described.ok && leg === this.#caller.leg) this.#callerSdp = described.value.sdp;
    return described;
  }

  /**
   * Answers the offer of a page that was loaded anew with the codecs of the running plan: `leg` is about to take the
   * place of the one that `holder` has. Faults: as of `begin`; then nothing was opened.
   */
  rejoin(
    holder: Holder,
    leg: Leg,
    callId: string,
    offerSdp: string,
  ): Result<{ readonly sdp: string; readonly commands: readonly MediaCommand[] }> {
    const offered = leg.receiveOffer(offerSdp);
    if (!offered.ok) return offered;
    const isCaller = holder === this.#caller;
    const answer = leg.answer(isCaller ? this.#plan.caller : this.#plan.callee, []);
    if (!answer.ok) return answer;
    const { sdp, commands } = answer.value;
    if (isCaller) this.#callerSdp = sdp;
    return ok({ sdp, commands: [leg.open(callId), ...commands, ...this.bridgeAnew(holder, leg)] });
  }

  /** Joins `leg` with the other side in place of the leg that `holder` has, where that one was joined. */
  bridgeAnew(holder: Holder, leg: Leg): readonly MediaCommand[] {
    const other = holder === this.#caller ? this.#callee : this.#caller;
    return this.#bridged ? [{ type: 'bridge', legIds: [leg.legId, other.leg.legId] }] : [];
  }

  /** The caller is answered once; later the text stands. */
  #answerCaller(): Result<{ readonly sdp: string; readonly commands: readonly MediaCommand[] }> {
    if (this.#callerSdp !== undefined) return ok({ sdp: this.#callerSdp, commands: [] });
    const calleeCodecs = this.#callee.leg.media?.codecs.map(({ name }) => name) ?? [];
    const described = this.#caller.leg.answer(this.#plan.caller, calleeCodecs);
    if (described.ok) this.#callerSdp = described.value.sdp;
    return described;
  }
}
