import type { Generated } from 'kysely';

/** Truths are 0 or 1: SQLite has no other. Times are Unix ms. */
interface Judgement {
  failed: number;
  degraded: number;
  without_audio: number;
  /** Null: nobody measured it. */
  mos: number | null;
}

/** What calls are searched and counted by. Narrow, since it is read from end to end. */
export interface CallsTable extends Judgement {
  id: Generated<number>;
  key: string;
  call_id: string;
  started_at: number;
  provisional: number;
  answered: number;
  from_party: string | null;
  to_party: string | null;
  parties: string;
  trunk: string | null;
  result: string;
  cause: string | null;
  weight: string | null;
}

/** The whole record, as JSON. */
export interface RecordsTable {
  call: number;
  record: string;
}

/** One row for each browser of a call. What is counted is repeated here, so that counting needs no other table. */
export interface CallBrowsersTable extends Judgement {
  call: number;
  leg: string;
  started_at: number;
  browser: string | null;
  browser_version: string | null;
  network: string | null;
  /** The call's other browser is counted for the same already. */
  same_version: number;
  same_network: number;
}

/** Parts of timelines, each compressed JSON (deflate). */
export interface EvidenceTable {
  id: Generated<number>;
  key: string;
  /** Counts up in each call, over all its parts. */
  part: number;
  stored_at: number;
  shed_events: number;
  shed_samples: number;
  data: Uint8Array;
}

export interface GapsTable {
  id: string;
  started_at: number;
  ended_at: number | null;
  code: string;
  lost_records: number;
  lost_events: number;
  lost_samples: number;
}

export interface Tables {
  calls: CallsTable;
  records: RecordsTable;
  call_browsers: CallBrowsersTable;
  evidence: EvidenceTable;
  gaps: GapsTable;
}

export type DatabaseKind = 'sqlite' | 'postgres';
