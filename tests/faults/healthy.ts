import type { CallDetails } from '@earshot/telemetry';
import type { Admin } from './admin.js';
import { benchesFor, type SharedBenches } from './benches.js';
import { Caller, type CallerOptions } from './caller.js';
import { HEALTHY_KINDS, type HealthyContext, type HealthyKind } from './healthy-kinds.js';
import { alarmsOf } from './judge.js';
import { inLanes } from './lanes.js';
import { saveDetails } from './run-fault.js';

/** One healthy call. */
export interface HealthyResult {
  readonly name: string;
  /** Why it was not made as it was meant. */
  readonly problem?: string;
  /** Verdicts of weight fault or degraded at any time. */
  readonly alarms: readonly string[];
  readonly saved?: string;
}

export interface HealthyOptions {
  readonly calls: number;
  readonly seed: number;
  /** Kinds that can be made here. */
  readonly namespaces: boolean;
  readonly note: (result: HealthyResult) => HealthyResult;
}

/** Calls at a time; those that need networks of their own come after the others. */
const AT_ONCE = 5;
const END_WAIT_MS = 12_000;

/** Every kind in turn, in an order that the seed says, so that other neighbours meet in another run. */
function pick(calls: number, seed: number, kinds: readonly HealthyKind[]): readonly HealthyKind[] {
  const all = Array.from({ length: calls }, (_, index) => kinds[index % kinds.length]).filter(
    (kind): kind is HealthyKind => kind !== undefined,
  );
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return all
    .map((kind) => ({ kind, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ kind }) => kind);
}

/** Makes healthy calls and sees that nothing is said of them. Never throws. */
export async function runHealthy(
  shared: SharedBenches,
  { calls, seed, namespaces, note }: HealthyOptions,
): Promise<readonly HealthyResult[]> {
  const kinds = HEALTHY_KINDS.filter((kind) => namespaces || kind.bench === 'plain');
  const picked = pick(calls, seed, kinds);
  const run = async (kind: HealthyKind, index: number) => note(await runOne(shared, kind, index));
  const results: HealthyResult[] = [];
  for (const bench of ['plain', 'wire'] as const) {
    const own = picked.filter((kind) => kind.bench === bench);
    const together = own.filter(({ alone }) => alone !== true);
    const apart = own.filter(({ alone }) => alone === true);
    results.push(...(await inLanes(together, AT_ONCE, run)), ...(await inLanes(apart, 1, run)));
  }
  return results;
}

export async function runOne(shared: SharedBenches, kind: HealthyKind, index: number): Promise<HealthyResult> {
  const undo: (() => unknown)[] = [];
  const defer = (step: () => unknown): void => void undo.push(step);
  const { name } = kind;
  try {
    const context: HealthyContext = {
      ...benchesFor(shared, defer),
      user: `${kind.user ?? 'peer-'}healthy-${name}-${index}`,
      defer,
      open: async (options: CallerOptions) => {
        const caller = await Caller.open(options);
        defer(() => caller.close());
        return caller;
      },
    };
    const { admin, callId } = await kind.run(context);
    const details = await detailsOf(admin, callId);
    const alarms = alarmsOf(details);
    return {
      name,
      alarms,
      ...(alarms.length === 0 ? {} : { saved: saveDetails(`healthy-${name}-${index}`, details) }),
    };
  } catch (error) {
    return { name, alarms: [], problem: error instanceof Error ? error.message : String(error) };
  } finally {
    for (const step of undo.reverse()) {
      try {
        await step();
      } catch {
        // The next call is none the worse for it.
      }
    }
  }
}

async function detailsOf(admin: Admin, callId: string): Promise<CallDetails> {
  const details = await admin.ended(callId, END_WAIT_MS);
  if (details === undefined) throw new Error('the gateway knows nothing of the call');
  if (details.record === undefined) throw new Error('the gateway has no record of the call');
  return details;
}
