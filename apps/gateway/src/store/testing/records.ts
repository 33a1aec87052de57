import type { CallRecord, CallTimeline, Sample, TimelineEntry } from '@earshot/telemetry';
import { recordKey } from '@earshot/telemetry';
import type { EvidencePart } from '../types.js';

export const callIdOf = (number: number): string => number.toString(16).padStart(32, '0');

/** A call that went well, unless told otherwise. */
export function record(number: number, changes: Partial<CallRecord> = {}): CallRecord {
  const startedAt = changes.startedAt ?? 1_760_000_000_000 + number * 1000;
  const callId = changes.callId ?? callIdOf(number);
  return {
    key: recordKey(startedAt, callId),
    callId,
    startedAt,
    answeredAt: startedAt + 3000,
    connectedAt: startedAt + 3200,
    endedAt: startedAt + 60_000,
    caller: 'browser',
    callee: 'sip',
    from: 'Alice',
    to: '+49301234567',
    result: 'completed',
    by: 'caller',
    browsers: [{ leg: 'caller', browser: { name: 'Chromium', version: '156' }, network: '198.51.100.0/24' }],
    quality: [{ leg: 'caller', mos: 4.2, worstMos: 4 }],
    withoutAudio: false,
    provisional: false,
    ...changes,
  };
}

const entry = (at: number): TimelineEntry => ({
  at,
  source: 'gateway',
  event: { type: 'call.state', state: 'ringing' },
});

const sample = (at: number): Sample => ({
  at,
  source: 'browser',
  leg: 'caller',
  figures: { ms: 1000, packetsReceived: 50, packetsLost: 0, jitterMs: 3 },
});

/** Entries and samples at these times, of the call of this record. */
export function part(
  { key, callId, startedAt }: CallRecord,
  entries: readonly number[],
  samples: readonly number[] = [],
): EvidencePart {
  const head: Omit<CallTimeline, 'entries' | 'samples'> = {
    version: 2,
    callId,
    startedAt,
    caller: 'browser',
    callee: 'sip',
    clocks: [],
    omitted: 0,
    omittedSamples: 0,
  };
  return { key, callId, head, entries: entries.map(entry), samples: samples.map(sample) };
}
