import { err, fault, ok, type Result } from '@earshot/base';
import type { LegKind, LegName } from '../leg.js';
import type { Sample } from '../sample.js';
import { type CallTimeline, TELEMETRY_VERSION, type TimelineEntry, type Vantage } from '../timeline.js';
import { readEvent } from './own-events.js';
import { type Fields, isFields, listOf, numberOf, textOf } from './values.js';

const CALLS_LIMIT = 100;
const ENTRIES_LIMIT = 100_000;
const SAMPLES_LIMIT = 200_000;
const VANTAGES: ReadonlySet<unknown> = new Set<Vantage>(['browser', 'gateway', 'relay', 'capture']);

/**
 * Our own export, as parsed JSON: what the operators' API and `earshot call --json` say of a call (`timeline` and more),
 * a timeline alone, or a list of either. What a newer version added is refused, since it may mean something else there.
 */
export function readOwn(value: unknown): Result<CallTimeline[]> | undefined {
  const timelines = (Array.isArray(value) ? value.slice(0, CALLS_LIMIT) : [value]).flatMap((one): Fields[] => {
    const inner = isFields(one) && isFields(one.timeline) ? one.timeline : one;
    return isFields(inner) && typeof inner.version === 'number' && Array.isArray(inner.entries) ? [inner] : [];
  });
  if (timelines.length === 0) return undefined;
  const newer = timelines.find(({ version }) => Number(version) > TELEMETRY_VERSION);
  if (newer !== undefined) {
    return err(fault('dump.unknown_format', `version ${newer.version}, known are those up to ${TELEMETRY_VERSION}`));
  }
  return ok(timelines.map(readTimeline));
}

/** Reads a timeline of any version up to this one. Entries and samples that make no sense are counted as left out. */
function readTimeline(fields: Fields): CallTimeline {
  const entries = listOf(fields.entries).slice(0, ENTRIES_LIMIT).flatMap(readEntry);
  const samples = listOf(fields.samples).slice(0, SAMPLES_LIMIT).flatMap(readSample);
  const startedAt = numberOf(fields.startedAt) ?? entries[0]?.at ?? samples[0]?.at ?? 0;
  const endedAt = numberOf(fields.endedAt);
  const vantages = listOf(fields.vantages).filter((one): one is Vantage => VANTAGES.has(one));
  return {
    version: TELEMETRY_VERSION,
    callId: textOf(fields.callId) ?? 'unknown',
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    caller: isKind(fields.caller) ? fields.caller : 'browser',
    ...(isKind(fields.callee) ? { callee: fields.callee } : {}),
    ...(vantages.length === 0 ? {} : { vantages }),
    clocks: listOf(fields.clocks).flatMap((clock) => {
      const { leg, askedAt, withinMs } = isFields(clock) ? clock : {};
      const within = numberOf(withinMs);
      if (!isLeg(leg) || typeof askedAt !== 'number') return [];
      return [{ leg, askedAt, ...(within === undefined ? {} : { withinMs: within }) }];
    }),
    entries: entries.sort((a, b) => a.at - b.at),
    samples: samples.sort((a, b) => a.at - b.at),
    omitted: (numberOf(fields.omitted) ?? 0) + listOf(fields.entries).length - entries.length,
    omittedSamples: (numberOf(fields.omittedSamples) ?? 0) + listOf(fields.samples).length - samples.length,
  };
}

const isKind = (value: unknown): value is LegKind => value === 'browser' || value === 'sip';
const isLeg = (value: unknown): value is LegName => value === 'caller' || value === 'callee';

function readEntry(value: unknown): TimelineEntry[] {
  if (!isFields(value) || numberOf(value.at) === undefined) return [];
  const { source, leg } = value;
  if (source !== 'browser' && source !== 'gateway' && source !== 'relay' && source !== 'diagnosis') return [];
  if ((source === 'browser' || source === 'relay') && !isLeg(leg)) return [];
  if (source === 'browser' && numberOf((value.event as Fields | undefined)?.atMs) === undefined) return [];
  return readEvent(source, value.event) === undefined ? [] : [value as unknown as TimelineEntry];
}

/** What every sample of a leg has, by who took it. */
const FIGURES = {
  browser: ['ms'],
  gateway: ['ms', 'packetsReceived', 'bytesReceived', 'packetsLost', 'jitterMs', 'packetsSent', 'bytesSent'],
} as const;
const TEXTS: ReadonlySet<string> = new Set(['codec', 'decoder', 'dtlsState']);

function readSample(value: unknown): Sample[] {
  if (!isFields(value) || numberOf(value.at) === undefined || !isLeg(value.leg) || !isFields(value.figures)) return [];
  const { source, figures } = value;
  if (source !== 'browser' && source !== 'gateway') return [];
  if (FIGURES[source].some((name) => numberOf(figures[name]) === undefined)) return [];
  const sensible = Object.entries(figures).every(([name, figure]) =>
    name === 'hidden' ? typeof figure === 'boolean' : typeof figure === (TEXTS.has(name) ? 'string' : 'number'),
  );
  return sensible ? [value as unknown as Sample] : [];
}
