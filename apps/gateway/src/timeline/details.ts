import {
  type CallDetails,
  type CallRecord,
  type CallTimeline,
  type GatewayEvent,
  type PrivacyLevel,
  privateTimeline,
  type Sample,
  shortenText,
  TELEMETRY_VERSION,
  type TimelineEntry,
  type Verdict,
} from '@earshot/telemetry';
import { now as clockNow } from '../clock.js';
import type { CallStore } from '../store/types.js';
import type { Judge } from './types.js';
import type { Watched } from './watched.js';

/** Everything about a call that runs, or ended a moment ago. */
export async function details(call: Watched, store: CallStore, level: PrivacyLevel): Promise<CallDetails> {
  const { recorder } = call;
  const older = recorder.samplesOutOfMemory > 0 ? (await store.find(call.key))?.timeline?.samples : undefined;
  const timeline = privateTimeline(recorder.snapshot(), level);
  return {
    ...(call.hasEnded ? { record: call.record } : {}),
    timeline: older === undefined ? timeline : { ...timeline, samples: joined(older, timeline.samples) },
    verdicts: call.verdicts.map((verdict) => privateVerdict(verdict, level)),
    gaps: await store.gaps(recorder.startedAt, recorder.endedAt ?? clockNow()),
  };
}

/** Everything about a call that is over. It was shortened before it was stored. */
export async function storedDetails(
  id: string,
  store: CallStore,
  judge: Judge | undefined,
): Promise<CallDetails | undefined> {
  const stored = await store.find(id);
  if (stored === undefined) return undefined;
  const { record } = stored;
  const timeline = withEnd(record, stored.timeline === undefined ? bare(record) : withoutRepeats(stored.timeline));
  const verdicts = judge?.diagnose(timeline, judge.policy).verdicts ?? [];
  return { record, timeline, verdicts, gaps: await store.gaps(record.startedAt, record.endedAt) };
}

/** What is in memory is newer than what is stored. */
function joined(older: readonly Sample[], newer: readonly Sample[]): Sample[] {
  const rowOf = ({ source, leg }: Sample): string => `${source} ${leg}`;
  const begins = new Map<string, number>();
  for (const sample of newer) if (!begins.has(rowOf(sample))) begins.set(rowOf(sample), sample.at);
  const before = older.filter((sample) => sample.at < (begins.get(rowOf(sample)) ?? Infinity));
  return [...before, ...newer].sort((a, b) => a.at - b.at);
}

/** A server that died told no end, and of what is over long since the record alone is left: it says how the call ended. */
function withEnd(record: CallRecord, timeline: CallTimeline): CallTimeline {
  if (timeline.entries.some(({ event }) => event.type === 'call.ended')) return timeline;
  const { result, by, code } = record;
  const at = Math.max(record.endedAt, timeline.entries.at(-1)?.at ?? 0);
  const event = { type: 'call.ended', result, by, ...(code === undefined ? {} : { code }) } as const;
  return { ...timeline, endedAt: at, entries: [...timeline.entries, { at, source: 'gateway', event }] };
}

const bare = ({ callId, startedAt, endedAt, caller, callee }: CallRecord): CallTimeline => ({
  version: TELEMETRY_VERSION,
  callId,
  startedAt,
  endedAt,
  caller,
  ...(callee === undefined ? {} : { callee }),
  clocks: [],
  entries: [],
  samples: [],
  omitted: 0,
  omittedSamples: 0,
});

type CheckEntry = TimelineEntry & { readonly event: Extract<GatewayEvent, { readonly type: 'ice.check' }> };

const isCheck = (entry: TimelineEntry): entry is CheckEntry => entry.event.type === 'ice.check';
const checkKey = ({ at, event: { leg, outcome, from, local } }: CheckEntry): string =>
  [at, leg, outcome, from.address, from.port, local?.address].join(' ');

/** Checks that were counted on after they had been stored are there once more: the highest count holds. */
function withoutRepeats(timeline: CallTimeline): CallTimeline {
  const highest = new Map<string, CheckEntry>();
  for (const entry of timeline.entries) {
    if (!isCheck(entry)) continue;
    const known = highest.get(checkKey(entry));
    if (known === undefined || known.event.count < entry.event.count) highest.set(checkKey(entry), entry);
  }
  const entries = timeline.entries.filter((entry) => !isCheck(entry) || highest.get(checkKey(entry)) === entry);
  return entries.length === timeline.entries.length ? timeline : { ...timeline, entries };
}

export const privateVerdict = (verdict: Verdict, level: PrivacyLevel): Verdict =>
  level === 'full'
    ? verdict
    : {
        ...verdict,
        text: shortenText(verdict.text, level),
        evidence: verdict.evidence.map((one) => ({ ...one, text: shortenText(one.text, level) })),
        consequences: verdict.consequences.map((one) => privateVerdict(one, level)),
      };
