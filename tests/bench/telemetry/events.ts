import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { EvidencePart } from '../../../apps/gateway/dist/store/index.js';
import { generateCalls, seeded } from '../../../apps/gateway/src/store/testing/generate.js';
import { eventsOf, evidencePart } from './evidence.js';
import { type Kind, openStore, quantile } from './stores.js';

export interface EventsResult {
  readonly measure: 'events';
  readonly database: Kind;
  /** Entries and samples that came to the database, a second. */
  readonly eventsPerSecond: number;
  readonly shed: number;
  /** With 20,000 events a second: how long a record took to be durable, and the main thread's delay, in ms. */
  readonly paced: {
    readonly keepP50Ms: number;
    readonly keepP95Ms: number;
    readonly eventLoopP99Ms: number;
    readonly shed: number;
  };
}

export const PACE = 20_000;
/** What a gateway hands over of one call at once, in seconds. */
const PART_SECONDS = 5;
const CALLS = 1000;
/** What may wait in the store before more is given. */
const MOST_WAITING = 40_000;

interface Feed {
  next(): EvidencePart;
}

/** Parts of a thousand calls in turn. Their contents are made before, so that making them is not measured. */
function feed(): Feed {
  const random = seeded(1);
  const now = Date.now();
  const calls = [...generateCalls(CALLS, now - 60_000, now, 3)];
  const made = calls.map((call) => evidencePart(call, call.startedAt, PART_SECONDS, random));
  let index = 0;
  return {
    next() {
      const part = made[index++ % made.length];
      if (part === undefined) throw new Error('there is nothing to give');
      return part;
    },
  };
}

/** As many events as go through, and records beside them. */
export async function measureEvents(
  database: Kind,
  dataDir: string,
  url: string | undefined,
  seconds: number,
): Promise<EventsResult> {
  const store = await openStore(dataDir, url);
  const source = feed();
  const records = generateCalls(100_000, Date.now() - 3_600_000, Date.now(), 4);
  const waiting = (): number => store.figures().eventsWaiting + store.figures().samplesWaiting;
  const kept = (): number => store.figures().eventsKept + store.figures().samplesKept;

  const begun = performance.now();
  while (performance.now() - begun < seconds * 1000) {
    if (waiting() > MOST_WAITING) {
      await pause(1);
      continue;
    }
    for (let count = 0; count < 20; count += 1) store.append(source.next());
    const { value } = records.next();
    if (value !== undefined) void store.keep(value);
    await pause(0);
  }
  while (waiting() > 0) await pause(1);
  const eventsPerSecond = kept() / ((performance.now() - begun) / 1000);
  const { eventsShed, samplesShed } = store.figures();

  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const times: number[] = [];
  const pacedAt = performance.now();
  let given = 0;
  while (performance.now() - pacedAt < seconds * 1000) {
    const due = ((performance.now() - pacedAt) / 1000) * PACE;
    for (; given < due; given += eventsOf(PART_SECONDS)) store.append(source.next());
    const { value } = records.next();
    if (value !== undefined) {
      const asked = performance.now();
      void store.keep(value).then(() => times.push(performance.now() - asked));
    }
    await pause(10);
  }
  delay.disable();
  while (waiting() > 0) await pause(1);
  const after = store.figures();
  await store.close();
  return {
    measure: 'events',
    database,
    eventsPerSecond,
    shed: eventsShed + samplesShed,
    paced: {
      keepP50Ms: quantile(times, 0.5),
      keepP95Ms: quantile(times, 0.95),
      eventLoopP99Ms: delay.percentile(99) / 1e6,
      shed: after.eventsShed + after.samplesShed - eventsShed - samplesShed,
    },
  };
}
