import type { Millis } from '@earshot/base';

/** What was learnt of the packets that one sender sent since it was told before. */
export interface PathReport {
  readonly at: Millis;
  /** Packets that arrived, and those that did not; the latter is negative where late ones came back. */
  readonly received: number;
  readonly lost: number;
  /**
   * How long packets take, there or there and back, by each way of measuring it, always in the same place: what counts is
   * how they grow. One that stands as it stood is no new measurement.
   */
  readonly trips?: readonly (Millis | undefined)[];
}

/** How an audio sender sends: `rung` of its own ladder, 0 the best; `red`: how many earlier packets go with each. */
export interface SendPlan {
  readonly rung: number;
  readonly red: 0 | 1 | 2;
  /** Of packets, in percent: what in-band error correction should expect. */
  readonly lossPercent: number;
}

/** Rates are smoothed over so long, in ms. */
const MEMORY_MS = 3_000;
/** Shares of packets: from where losses are covered, by how much, and below which a path counts as clean. */
const LOSSY = 0.04;
const VERY_LOSSY = 0.12;
const CLEAN = 0.015;
/**
 * A queue: the way has grown by so much, in ms, and by half of what it was at its best, in two measurements, one after the
 * other. By radio and busy machines it grows once in a while, also by far more; that is believed at once where two ways of
 * measuring agree or more was sent just before, and answered by two steps instead of one.
 */
const QUEUE_MS = 80;
const FAR_MORE = 3;
/** The best is of the last while: a path may become longer for good. */
const BEST_MS = 30_000;

/** How long a measurement is as good as a newer one by other means. */
const FRESH_MS = 2_000;

/** One way of measuring how long packets take. */
interface Way {
  /** When it said something new. */
  at: Millis;
  last: Millis;
  best: Millis;
  /** Of the time since `best` was looked for anew. */
  nextBest: Millis;
  bestUntil: Millis;
}
/** How long a path is clean before more is sent, at first and at most; doubled where that brought the queue back. */
const PATIENCE = { first: 4_000, most: 20_000 } as const;
/** A queue so soon after more was sent is of our making. */
const OURS_MS = 10_000;
/** So long after a queue, losses are of that queue: a full one drops what comes, and smoothed losses tell of it late. */
const AFTERMATH_MS = 8_000;
/** So long redundancy is not tried again where it made losses worse. */
const BARRED_MS = 30_000;

/**
 * Decides how an audio sender follows its path, from what the other end reports. Quick down, slow up. A round trip that
 * grows is a queue: less is sent, in longer packets, and never anything twice. Losses without a queue are chance: error
 * correction expects them, then earlier packets are sent again. Losses that grow with that come from a link that is full
 * and keeps no queue: then it is taken for one.
 */
export class Adaptation {
  rung = 0;
  red: SendPlan['red'] = 0;
  /** Smoothed share of packets that are lost. */
  loss = 0;
  readonly #rungs: number;
  #at: Millis | undefined;
  readonly #ways: (Way | undefined)[] = [];
  #slow = false;
  #queueing = false;
  /** One of the ways says that there may be a queue. */
  #suspected = false;
  #queuedAt: Millis = Number.NEGATIVE_INFINITY;
  #cleanSince: Millis | undefined;
  #raisedAt: Millis = Number.NEGATIVE_INFINITY;
  #patience: Millis = PATIENCE.first;
  /** The rung that brought a queue: patience is for this one, not for those below. */
  #tooMuch = 0;
  #lossBeforeRed = 0;
  #barredUntil: Millis = 0;

  /** `rungs`: how many there are. */
  constructor(rungs: number) {
    this.#rungs = rungs;
  }

  /** In steps, so that it changes seldom; never below what keeps error correction in at low complexity. */
  get lossPercent(): number {
    return Math.min(30, Math.max(10, Math.ceil(this.loss * 20) * 5));
  }

  /** Takes a report; true when the plan has changed. */
  report({ at, received, lost, trips = [] }: PathReport): boolean {
    const before = `${this.rung} ${this.red} ${this.lossPercent}`;
    const sent = received + lost;
    let share = 0;
    if (sent > 0) {
      const passed = this.#at === undefined ? 1_000 : at - this.#at;
      this.#at = at;
      share = Math.max(0, lost) / sent;
      this.loss += (share - this.loss) * (passed / (passed + MEMORY_MS));
    }
    const growth = this.#growth(at, trips);
    if (growth !== undefined) {
      const { least, ways } = growth;
      const isLikely = ways > 1 || at - this.#raisedAt < OURS_MS;
      this.#queueing = least > 1 && (this.#slow || (least > FAR_MORE && isLikely));
      this.#slow = least > 1;
    }
    if (this.#queueing) this.#queuedAt = at;
    if (this.#queueing && growth !== undefined) this.#less(at, growth.least > FAR_MORE ? 2 : 1);
    else if (this.#isMadeWorse(at)) this.#less(at, 1);
    else if (this.#queueing) this.#cleanSince = undefined;
    else if (this.loss >= LOSSY && at >= this.#barredUntil && !this.#isOfQueue(at)) this.#cover(share);
    else this.#more(at);
    return `${this.rung} ${this.red} ${this.lossPercent}` !== before;
  }

  /**
   * Losses that a queue explains are not chance. One way of measuring that finds a queue is too little to send less, since
   * busy machines do that as well; it is enough not to begin to send more.
   */
  #isOfQueue(at: Millis): boolean {
    return at - this.#queuedAt < AFTERMATH_MS || (this.red === 0 && this.#suspected);
  }

  /**
   * How much longer packets take than at their best, in queues, and how many ways of measuring say so; undefined without a
   * new measurement. Of those that are fresh the one that says least counts: busy machines only ever add.
   */
  #growth(
    at: Millis,
    trips: readonly (Millis | undefined)[],
  ): { readonly least: number; readonly ways: number } | undefined {
    let isNew = false;
    trips.forEach((trip, index) => {
      if (trip === undefined) return;
      let way = this.#ways[index];
      if (trip === way?.last) return;
      isNew = true;
      way ??= { at, last: trip, best: trip, nextBest: trip, bestUntil: at + BEST_MS };
      this.#ways[index] = way;
      if (at >= way.bestUntil) {
        way.best = way.nextBest;
        way.nextBest = trip;
        way.bestUntil = at + BEST_MS;
      }
      way.at = at;
      way.last = trip;
      way.best = Math.min(way.best, trip);
      way.nextBest = Math.min(way.nextBest, trip);
    });
    if (!isNew) return undefined;
    let [least, most, ways] = [Number.POSITIVE_INFINITY, 0, 0];
    for (const way of this.#ways) {
      if (way === undefined || at - way.at > FRESH_MS) continue;
      const growth = (way.last - way.best) / Math.max(QUEUE_MS, way.best / 2);
      least = Math.min(least, growth);
      most = Math.max(most, growth);
      ways += 1;
    }
    this.#suspected = most > 1;
    return { least, ways };
  }

  /** What is sent twice fills a link that is full already; and a while after, so does what is sent more. */
  #isMadeWorse(at: Millis): boolean {
    if (at < this.#barredUntil && at - this.#raisedAt < OURS_MS && this.loss >= LOSSY) return true;
    if (this.red === 0 || this.loss < this.#lossBeforeRed * 2 + 0.05) return false;
    this.#barredUntil = at + BARRED_MS;
    return true;
  }

  #less(at: Millis, steps: number): void {
    this.#cleanSince = undefined;
    this.red = 0;
    if (at - this.#raisedAt < OURS_MS) {
      this.#patience = Math.min(PATIENCE.most, this.#patience * 2);
      this.#raisedAt = Number.NEGATIVE_INFINITY;
      this.#tooMuch = this.rung;
    }
    this.rung = Math.min(this.#rungs - 1, this.rung + steps);
  }

  #cover(share: number): void {
    this.#cleanSince = undefined;
    if (this.red === 0) this.#lossBeforeRed = Math.max(this.loss, share);
    this.red = this.loss >= VERY_LOSSY ? 2 : (Math.max(1, this.red) as 1 | 2);
  }

  /** One step at a time: redundancy goes first, since it costs most. */
  #more(at: Millis): void {
    if (this.loss >= CLEAN) {
      this.#cleanSince = undefined;
      return;
    }
    this.#cleanSince ??= at;
    if (at - this.#cleanSince < (this.rung > this.#tooMuch + 1 ? PATIENCE.first : this.#patience)) return;
    this.#cleanSince = at;
    if (this.red > 0) {
      this.red = 0;
    } else if (this.rung > 0) {
      this.rung -= 1;
      this.#raisedAt = at;
    } else {
      this.#patience = PATIENCE.first;
    }
  }
}
