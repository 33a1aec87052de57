import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { CallTimeline } from '@earshot/telemetry';
import { assemble, type KeptPart } from './assemble.js';

/** Parts of one call that came one after the other, as text, on the way to the database. */
export interface EvidenceRow {
  readonly key: string;
  /** Of the last of them. Counts up in each call, over all of its parts. */
  readonly part: number;
  /** `head`, and lists of entries and samples, each as JSON. */
  readonly head: string;
  readonly entries: string;
  readonly samples: string;
  readonly shedEvents: number;
  readonly shedSamples: number;
}

/** JSON of evidence comes down to about a sixth of its size; higher levels take twice the time for a tenth less. */
const LEVEL = { level: 1 };

type Content = Pick<KeptPart, 'head' | 'entries' | 'samples'>;

const textOf = ({ head, entries, samples }: EvidenceRow): string =>
  `{"head":${head},"entries":${entries},"samples":${samples}}`;

export const packEvidence = (row: EvidenceRow): Buffer => deflateRawSync(textOf(row), LEVEL);

export const unpackEvidence = (data: Uint8Array): Content => JSON.parse(inflateRawSync(data).toString()) as Content;

export const partOf = (row: EvidenceRow): KeptPart => ({
  ...(JSON.parse(textOf(row)) as Content),
  shedEvents: row.shedEvents,
  shedSamples: row.shedSamples,
});

export const assembleRows = (rows: readonly EvidenceRow[]): CallTimeline | undefined => assemble(rows.map(partOf));
