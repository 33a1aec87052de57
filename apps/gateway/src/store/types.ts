import type { Fault, Millis, Result } from '@earshot/base';
import type {
  CallPage,
  CallQuery,
  CallRecord,
  CallTimeline,
  Overview,
  Sample,
  StoreGap,
  TimelineEntry,
} from '@earshot/telemetry';

/** Evidence of one call that has not been stored before. Parts of one call come in order. */
export interface EvidencePart {
  readonly key: string;
  readonly callId: string;
  /** All of the timeline but its entries and samples, as known now; the newest one counts. */
  readonly head: Omit<CallTimeline, 'entries' | 'samples'>;
  readonly entries: readonly TimelineEntry[];
  readonly samples: readonly Sample[];
}

export interface StoredCall {
  readonly record: CallRecord;
  /** Undefined where its time is over, or all of it was thrown away. */
  readonly timeline?: CallTimeline;
}

export interface StoreFigures {
  readonly kind: 'sqlite' | 'postgres' | 'memory';
  /** Whether what is kept now is durable, and why not. */
  readonly fault?: Fault;
  /** Records that are in the journal and not yet in the database. */
  readonly recordsWaiting: number;
  readonly eventsWaiting: number;
  readonly samplesWaiting: number;
  readonly recordsKept: number;
  readonly eventsKept: number;
  readonly samplesKept: number;
  readonly eventsShed: number;
  readonly samplesShed: number;
}

/** Where calls are kept. No method throws or rejects for want of a disk or a database: calls go on. */
export interface CallStore {
  /**
   * A call began: `result` is `unfinished`. If the process dies, the next one closes it under the name
   * `server.interrupted`. Not awaited by anybody.
   */
  begin(record: CallRecord): void;
  /**
   * A call ended. Resolves once its record survives the death of this process; with a fault where that could not be had
   * in time (`store.unwritable`): it is then kept in memory and written as soon as possible.
   */
  keep(record: CallRecord): Promise<Result<void>>;
  /** The record of a call that was kept as provisional, with all that came since. */
  amend(record: CallRecord): void;
  /** May be thrown away under pressure, samples before events; that is counted and named. */
  append(part: EvidencePart): void;
  /** By key, or by call id: the newest of that id. */
  find(id: string): Promise<StoredCall | undefined>;
  search(query: CallQuery): Promise<CallPage>;
  overview(from: Millis, until: Millis): Promise<Overview>;
  /** That touch this time. */
  gaps(from: Millis, until: Millis): Promise<readonly StoreGap[]>;
  figures(): StoreFigures;
  /** Writes what waits, for as long as that makes sense, and closes. */
  close(): Promise<void>;
}
