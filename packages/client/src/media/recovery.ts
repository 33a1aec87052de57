import type { Millis } from '@earshot/base';
import * as TIMES from './recovery-times.js';

/** What the browser sees of the path. */
export interface PathSight {
  readonly state: RTCPeerConnectionState;
  readonly bytesReceived: number;
  readonly packetsSent: number;
  /** Whether a restart needs no answer of the gateway. */
  readonly hasSpare?: boolean;
}

/** What the gateway counts of this browser's leg. */
export interface GatewaySight {
  readonly packetsReceived: number;
  readonly packetsSent: number;
}

/**
 * Decides when to restart ICE, and whether by every path or through relays alone.
 *
 * When: by state and bytes together. `disconnected` can be one lost check while audio flows, `failed` comes too late to
 * wait for, and silence alone may be a far end that says nothing; silence while the gateway counts what it sends is a
 * path that answers checks and carries no media.
 *
 * How: `auto` uses every path; after two restarts without success relays alone, after two more every path again. Audio,
 * or another network, begins anew.
 */
export class Recovery {
  #bytes = -1;
  #sent = 0;
  #movedAt: Millis;
  #lookedAt: Millis;
  /** Since when bytes come without a break that would be one. */
  #flowsSince: Millis;
  /** Restarts since they stopped. */
  #cuts = 0;
  /** The gateway has nothing to send either: the far end pauses. */
  #isIdle = false;
  #patience: Millis = TIMES.PATIENCE;
  #patientUntil: Millis = 0;
  #doubtedUntil: Millis = 0;
  /** When the latest restart was offered, or answered. */
  #restartedAt: Millis | undefined;
  /** When both descriptions were first known. */
  #begunAt: Millis | undefined;
  #tried = 0;
  #lost = false;
  /** When the state last became `failed`; undefined while it is another. */
  #failedAt: Millis | undefined;
  #gateway: GatewaySight | undefined;
  /** What the gateway had sent when bytes last moved. */
  #gatewaySentBefore = 0;
  /** What had been sent to the gateway at its latest report. */
  #sentBefore = 0;
  #deafReports = 0;

  constructor(now: Millis) {
    this.#movedAt = this.#lookedAt = this.#flowsSince = now;
  }

  /** Audio does not get through, as far as all signs tell. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Whether every path was tried in vain, so that the next restart should use relays alone. */
  get relayOnly(): boolean {
    return Math.floor(this.#tried / TIMES.TRIES) % 2 === 1;
  }

  /** Something outside hints at a changed network; `changed`: says so outright. */
  doubt(now: Millis, changed = false): void {
    this.#doubtedUntil = now + TIMES.DOUBT;
    if (!changed) return;
    this.#tried = 0;
    this.#patientUntil = 0;
  }

  /** A restart was offered. */
  restarted(now: Millis): void {
    this.#restartedAt = now;
    this.#doubtedUntil = 0;
  }

  /** The gateway's answer is known: from here on the checks can succeed. */
  answered(now: Millis): void {
    this.#begunAt ??= now;
    if (this.#restartedAt === undefined) return;
    this.#restartedAt = now;
    this.#tried += 1;
  }

  /** Takes a report of the gateway; it comes about once a second while the call is answered. */
  report(gateway: GatewaySight): void {
    const silent = gateway.packetsReceived === this.#gateway?.packetsReceived;
    if (!silent) this.#deafReports = 0;
    else if (this.#sent > this.#sentBefore) this.#deafReports += 1;
    this.#sentBefore = this.#sent;
    this.#isIdle = gateway.packetsSent - (this.#gateway?.packetsSent ?? -Infinity) <= TIMES.IDLE;
    if (this.#isIdle && this.#cuts > 0 && this.#patientUntil < this.#movedAt) {
      this.#patientUntil = this.#lookedAt + this.#patience;
      this.#patience = Math.min(2 * this.#patience, TIMES.MOST_PATIENCE);
    }
    this.#gateway = gateway;
  }

  /** Takes one observation; true when ICE should be restarted now. `relay`: the attempt is through relays alone. */
  observe(now: Millis, { state, bytesReceived, packetsSent, hasSpare }: PathSight, relay = false): boolean {
    this.#sent = packetsSent;
    if (now - this.#lookedAt >= TIMES.ASLEEP) this.#movedAt += now - this.#lookedAt;
    this.#lookedAt = now;
    if (bytesReceived !== this.#bytes) {
      this.#bytes = bytesReceived;
      if (now - this.#movedAt >= TIMES.ASLEEP) this.#flowsSince = now;
      this.#movedAt = now;
      this.#cuts = 0;
      this.#gatewaySentBefore = this.#gateway?.packetsSent ?? 0;
    }
    const stalledFor = now - this.#movedAt;
    const dead = this.#carriesNothing(stalledFor);
    const broken = state === 'failed' || state === 'disconnected';
    this.#lost = dead || (broken && (state === 'failed' || stalledFor >= TIMES.STALLED_AFTER_HINT));
    if (stalledFor === 0 && state === 'connected' && !dead) {
      this.#restartedAt = undefined;
      this.#tried = 0;
    }
    this.#failedAt = state === 'failed' ? (this.#failedAt ?? now) : undefined;
    if (hasSpare === true && this.#isCut(now, stalledFor)) {
      this.#cuts += 1;
      return true;
    }
    if (this.#mayStillCome(now, state, relay)) return false;
    return (
      dead ||
      state === 'failed' ||
      (state === 'disconnected' && stalledFor >= TIMES.STALLED) ||
      (now < this.#doubtedUntil && (broken || state === 'connected') && stalledFor >= TIMES.STALLED_AFTER_HINT) ||
      ((state === 'new' || state === 'connecting') && this.#overdue(now))
    );
  }

  /** Sound that came steadily has stopped, and the gateway does not say that it has none. */
  #isCut(now: Millis, stalledFor: Millis): boolean {
    const due = TIMES.CUT[this.#cuts];
    const cameSteadily = this.#movedAt - this.#flowsSince >= TIMES.STEADY;
    return due !== undefined && stalledFor >= due && cameSteadily && !this.#isIdle && now >= this.#patientUntil;
  }

  /** A restart is under way, and has time left. One that failed altogether since then has not. */
  #mayStillCome(now: Millis, state: RTCPeerConnectionState, relay: boolean): boolean {
    const since = this.#restartedAt;
    if (since === undefined) return false;
    if ((this.#failedAt ?? 0) > since) return now - since < TIMES.FAILED_ATTEMPT;
    const direct = state === 'connected' ? TIMES.CONNECTED_ATTEMPT : TIMES.ATTEMPT;
    return now - since < (relay ? TIMES.RELAY_ATTEMPT : direct);
  }

  /** Nothing has come of the first path, or of a restart that had its time. */
  #overdue(now: Millis): boolean {
    return this.#begunAt !== undefined && (this.#restartedAt !== undefined || now - this.#begunAt >= TIMES.SETUP);
  }

  #carriesNothing(stalledFor: Millis): boolean {
    const sent = (this.#gateway?.packetsSent ?? 0) - this.#gatewaySentBefore;
    const isMute = stalledFor >= TIMES.STALLED_IN_VAIN && sent >= TIMES.SENT_IN_VAIN;
    return isMute || this.#deafReports >= TIMES.DEAF_REPORTS;
  }
}
