import type { Millis } from '@earshot/base';

/** In milliseconds, but for counts of packets, restarts and reports. */
export const RECOVERY = {
  /** Bytes that stood still this long count against a disconnected path. */
  stalled: 3_000,
  /** Enough when there is another reason to doubt: the network changed, or the signaling connection was replaced. */
  stalledAfterHint: 1_000,
  /** Enough when the gateway counts what it sends meanwhile. */
  stalledInVain: 2_000,
  /**
   * Enough where sound came steadily and a restart needs no answer: it costs little, and breaks nothing. The next ones
   * wait longer, since a network may take a while to come up.
   */
  cut: [400, 1_400, 3_400, 7_400],
  /** How long sound must have come for that. */
  steady: 1_500,
  /** Packets that the gateway sends in a second at most while the far end says nothing. */
  idle: 10,
  /** How long a far end that only paused makes us slower to believe in the next cut; twice as long each time, up to ... */
  patience: 10_000,
  mostPatience: 160_000,
  /** A page that looks so late was asleep: nothing was missed while nobody looked. */
  asleep: 1_500,
  /** How long such a reason counts. */
  doubt: 10_000,
  /** How long the first path may take to be built once both descriptions are known. */
  setup: 8_000,
  /** How long one ICE restart gets before the next, unless the path fails for good before. */
  attempt: 5_000,
  /** How long one that fails for good is waited for, lest they follow each other without end. */
  failedAttempt: 2_000,
  /** How long it gets while checks are answered: whether it carries shows soon. */
  connectedAttempt: 3_000,
  /** How long it gets through relays alone, which need several round trips more, perhaps over TCP and TLS. */
  relayAttempt: 8_000,
  /** Restarts without success before the kind of path is changed. */
  tries: 2,
  /** Packets that the gateway sent in vain while bytes stood still: one report of its may be a second old. */
  sentInVain: 75,
  /** Reports of the gateway, a second apart, that count nothing new of what was sent to it. */
  deafReports: 2,
} as const;

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
  #patience: Millis = RECOVERY.patience;
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
    return Math.floor(this.#tried / RECOVERY.tries) % 2 === 1;
  }

  /** Something outside hints at a changed network; `changed`: says so outright. */
  doubt(now: Millis, changed = false): void {
    this.#doubtedUntil = now + RECOVERY.doubt;
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
    this.#isIdle = gateway.packetsSent - (this.#gateway?.packetsSent ?? -Infinity) <= RECOVERY.idle;
    if (this.#isIdle && this.#cuts > 0 && this.#patientUntil < this.#movedAt) {
      this.#patientUntil = this.#lookedAt + this.#patience;
      this.#patience = Math.min(2 * this.#patience, RECOVERY.mostPatience);
    }
    this.#gateway = gateway;
  }

  /** Takes one observation; true when ICE should be restarted now. `relay`: the attempt is through relays alone. */
  observe(now: Millis, { state, bytesReceived, packetsSent, hasSpare }: PathSight, relay = false): boolean {
    this.#sent = packetsSent;
    if (now - this.#lookedAt >= RECOVERY.asleep) this.#movedAt += now - this.#lookedAt;
    this.#lookedAt = now;
    if (bytesReceived !== this.#bytes) {
      this.#bytes = bytesReceived;
      if (now - this.#movedAt >= RECOVERY.asleep) this.#flowsSince = now;
      this.#movedAt = now;
      this.#cuts = 0;
      this.#gatewaySentBefore = this.#gateway?.packetsSent ?? 0;
    }
    const stalledFor = now - this.#movedAt;
    const dead = this.#carriesNothing(stalledFor);
    const broken = state === 'failed' || state === 'disconnected';
    this.#lost = dead || (broken && (state === 'failed' || stalledFor >= RECOVERY.stalledAfterHint));
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
      (state === 'disconnected' && stalledFor >= RECOVERY.stalled) ||
      (now < this.#doubtedUntil && (broken || state === 'connected') && stalledFor >= RECOVERY.stalledAfterHint) ||
      ((state === 'new' || state === 'connecting') && this.#overdue(now))
    );
  }

  /** Sound that came steadily has stopped, and the gateway does not say that it has none. */
  #isCut(now: Millis, stalledFor: Millis): boolean {
    const due = RECOVERY.cut[this.#cuts];
    const cameSteadily = this.#movedAt - this.#flowsSince >= RECOVERY.steady;
    return due !== undefined && stalledFor >= due && cameSteadily && !this.#isIdle && now >= this.#patientUntil;
  }

  /** A restart is under way, and has time left. One that failed altogether since then has not. */
  #mayStillCome(now: Millis, state: RTCPeerConnectionState, relay: boolean): boolean {
    const since = this.#restartedAt;
    if (since === undefined) return false;
    if ((this.#failedAt ?? 0) > since) return now - since < RECOVERY.failedAttempt;
    const direct = state === 'connected' ? RECOVERY.connectedAttempt : RECOVERY.attempt;
    return now - since < (relay ? RECOVERY.relayAttempt : direct);
  }

  /** Nothing has come of the first path, or of a restart that had its time. */
  #overdue(now: Millis): boolean {
    return this.#begunAt !== undefined && (this.#restartedAt !== undefined || now - this.#begunAt >= RECOVERY.setup);
  }

  #carriesNothing(stalledFor: Millis): boolean {
    const sent = (this.#gateway?.packetsSent ?? 0) - this.#gatewaySentBefore;
    const isMute = stalledFor >= RECOVERY.stalledInVain && sent >= RECOVERY.sentInVain;
    return isMute || this.#deafReports >= RECOVERY.deafReports;
  }
}
