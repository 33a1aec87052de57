import type { Millis } from '@earshot/base';

export type DeliveryEvidence = 'reported' | 'presumed' | 'denied';

/** Silence about us counts only once the remote has had this long, in ms, to hear us. */
const PATIENCE_MS = 1000;
/** An ICMP refusal stands for this long, in ms, unless repeated. */
const REFUSAL_MS = 3000;

/** The field has 8 bits: this is its way to say that nothing came. */
const ALL_LOST = 255 / 256;
/** One report may have been made up before our first packet came; the next one after it was not. */
const ADVERSE_REPORTS = 2;

/** What a report block says about our stream (RFC 3550 section 6.4.1). */
export interface ReceiverView {
  /** Extended highest sequence number received. */
  readonly highestSequence: number;
  /** Of what was sent since the previous report, 0 to 1. */
  readonly fractionLost: number;
}

/**
 * What is known about whether the remote receives what we send. Its own RTCP is the best witness; without any,
 * media that keeps coming from it is a presumption; ICMP and reports of nothing speak against. The view is
 * re-evaluated as evidence comes, so `denied` may become `reported` and the reverse.
 */
export class Delivery {
  evidence: DeliveryEvidence | undefined;
  #sendingSince: Millis = -1;
  #firstSequence = 0;
  #receivingSince: Millis = -1;
  #spokeRtcp = false;
  #highest = -1;
  #movedAt: Millis = -1;
  #refusedAt: Millis = -1;
  /** Reports in a row that speak against it. */
  #adverse = 0;
  /** The remote says in receiver reports what it receives, and sends sender reports beside them that say nothing of it. */
  #reportsApart = false;

  /** Our first packet: its time and sequence number. */
  sending(now: Millis, sequence: number): void {
    if (this.#sendingSince >= 0) return;
    this.#sendingSince = now;
    this.#firstSequence = sequence;
  }

  /** Media came from the remote. */
  receiving(now: Millis): void {
    if (this.#receivingSince < 0) this.#receivingSince = now;
  }

  /** The remote answered by ICMP that nobody listens. True when the evidence changed. */
  refused(now: Millis): boolean {
    this.#refusedAt = now;
    return this.#settle('denied');
  }

  /**
   * An SR or RR came; `view` is its block about our SSRC, if it has one, `lastSequence` the newest we sent and
   * `sentAt` when. True when the evidence changed.
   *
   * Who sends media reports in its SR (RFC 3550 section 6.4). Browsers do not: two of Chromium's SRs, which have no block
   * ever, may well come between two of its RRs.
   */
  report(
    now: Millis,
    kind: 'sender' | 'receiver',
    view: ReceiverView | undefined,
    lastSequence: number,
    sentAt: Millis,
  ): boolean {
    this.#spokeRtcp = true;
    if (kind === 'receiver') this.#reportsApart = true;
    else if (view !== undefined) this.#reportsApart = false;
    else if (this.#reportsApart) return false;
    if (this.#sendingSince < 0) return false;
    if (view !== undefined && this.#isAboutUs(view, lastSequence)) {
      this.#highest = view.highestSequence;
      this.#movedAt = now;
      this.#refusedAt = -1;
      this.#adverse = 0;
      return this.#settle('reported');
    }
    // A report that stands still says nothing while we do not send either.
    const heardSince = Math.max(this.#sendingSince, this.#movedAt);
    const stillSending = sentAt > heardSince + PATIENCE_MS;
    if (!stillSending || now - heardSince <= PATIENCE_MS) return false;
    this.#adverse += 1;
    return this.#adverse >= ADVERSE_REPORTS ? this.#settle('denied') : false;
  }

  /** Re-evaluates what time alone decides; `lastArrivalAt`: of the remote's newest RTP. True when the evidence changed. */
  tick(now: Millis, lastArrivalAt: Millis): boolean {
    if (this.#spokeRtcp || this.#sendingSince < 0 || this.#receivingSince < 0) return false;
    if (this.evidence === 'presumed' || now - lastArrivalAt >= PATIENCE_MS) return false;
    if (this.#refusedAt >= 0 && now - this.#refusedAt < REFUSAL_MS) return false;
    const together = Math.max(this.#sendingSince, this.#receivingSince);
    return now - together >= PATIENCE_MS ? this.#settle('presumed') : false;
  }

  /** Received: the highest number moved, lies among those we sent, and not all of it was lost. */
  #isAboutUs({ highestSequence, fractionLost }: ReceiverView, lastSequence: number): boolean {
    if (fractionLost >= ALL_LOST || highestSequence === this.#highest) return false;
    const sequence = highestSequence & 0xffff;
    const sinceFirst = (sequence - this.#firstSequence) & 0xffff;
    const untilLast = (lastSequence - sequence) & 0xffff;
    return this.#highest >= 0 || sinceFirst + untilLast === ((lastSequence - this.#firstSequence) & 0xffff);
  }

  #settle(evidence: DeliveryEvidence): boolean {
    if (evidence === this.evidence) return false;
    this.evidence = evidence;
    return true;
  }
}
