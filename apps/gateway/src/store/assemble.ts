import type { CallTimeline, Sample, TimelineEntry } from '@earshot/telemetry';
import type { EvidencePart } from './types.js';

/** A part as it was kept, and how much of it was thrown away before. */
export interface KeptPart extends Omit<EvidencePart, 'key' | 'callId'> {
  readonly shedEvents: number;
  readonly shedSamples: number;
}

const byTime = (one: { readonly at: number }, other: { readonly at: number }): number => one.at - other.at;

/** A call's timeline out of its parts, which are in the order in which they came. Undefined where there is none. */
export function assemble(parts: readonly KeptPart[]): CallTimeline | undefined {
  const last = parts.at(-1);
  if (last === undefined) return undefined;
  // Entries of one moment stay in the order in which they came: sorting is stable.
  const entries: TimelineEntry[] = parts.flatMap((part) => part.entries).sort(byTime);
  const samples: Sample[] = parts.flatMap((part) => part.samples).sort(byTime);
  const { omitted, omittedSamples } = last.head;
  return {
    ...last.head,
    entries,
    samples,
    omitted: parts.reduce((sum, { shedEvents }) => sum + shedEvents, omitted),
    omittedSamples: parts.reduce((sum, { shedSamples }) => sum + shedSamples, omittedSamples),
  };
}
