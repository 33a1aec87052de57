import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CallDetails } from '@earshot/telemetry';
import { benchesFor, type SharedBenches } from './benches.js';
import { Caller } from './caller.js';
import { describeVerdicts, firstVerdict, isRight, layerOf, raisedIn, type Said } from './judge.js';
import type { Family, FaultDefinition, Injection } from './types.js';

export interface FaultResult {
  readonly name: string;
  readonly family: string;
  readonly title: string;
  readonly means: string;
  /** What should have been said first. */
  readonly expected: { readonly code: string; readonly layer: string; readonly side: string };
  /** What proves that the fault was there; undefined: it was not brought about, and `problem` says why. */
  readonly proof?: string;
  readonly problem?: string;
  readonly first?: { readonly code: string; readonly layer: string; readonly side: string; readonly weight: string };
  readonly right: boolean;
  readonly live: boolean;
  /** From the symptom to the verdict. */
  readonly verdictMs?: number;
  /** Everything that was raised and withdrawn, with seconds since the symptom began. */
  readonly events: readonly string[];
  /** What stood after the call. */
  readonly final: readonly string[];
  /** The call as it was given by the gateway. */
  readonly saved?: string;
}

const SAVED = fileURLToPath(new URL('../../node_modules/.cache/earshot-faults/', import.meta.url));
const DEFAULT_WAIT_MS = 12_000;
const END_WAIT_MS = 9000;

/** Writes what the gateway knows of a call, for whoever wants to know why something was said of it. */
export function saveDetails(name: string, details: CallDetails): string {
  mkdirSync(SAVED, { recursive: true });
  const path = `${SAVED}${name}.json`;
  writeFileSync(path, `${JSON.stringify(details, undefined, 1)}\n`);
  return path;
}

let users = 0;

/**
 * Brings one fault about and sees what is said of it. Never throws: what went wrong here is the `problem`.
 * `endWaitMs`: how long to wait for all that is known of the call once it is over; 0 where the first verdict is enough.
 */
export async function runFault(
  shared: SharedBenches,
  family: Family,
  fault: FaultDefinition,
  endWaitMs = END_WAIT_MS,
): Promise<FaultResult> {
  const undo: (() => unknown)[] = [];
  const callers: Caller[] = [];
  const defer = (step: () => unknown): void => void undo.push(step);
  users += 1;
  const context = {
    ...benchesFor(shared, defer),
    user: `peer-${fault.name}-${users}`,
    defer,
    open: async (options: Parameters<typeof Caller.open>[0]) => {
      const caller = await Caller.open(options);
      callers.push(caller);
      defer(() => caller.close());
      return caller;
    },
  };
  try {
    const injection = await fault.run(context);
    return await observe(family, fault, injection, endWaitMs, async () => {
      for (const caller of callers) await caller.hangUp();
    });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...frame(family, fault), problem, right: false, events: [], final: [] };
  } finally {
    for (const step of undo.reverse()) {
      try {
        await step();
      } catch {
        // What an entry broke on purpose may not be there to be put right.
      }
    }
  }
}

const frame = ({ name: family }: Family, { name, title, means, truth, live = true }: FaultDefinition) => ({
  name,
  family,
  title,
  means,
  expected: { code: truth.code, layer: layerOf(truth), side: truth.side },
  live,
});

async function observe(
  family: Family,
  fault: FaultDefinition,
  injection: Injection,
  endWaitMs: number,
  hangUp: () => Promise<void>,
): Promise<FaultResult> {
  const { admin, callId, t0 } = injection;
  const { truth, waitMs = DEFAULT_WAIT_MS } = fault;
  const left = Math.max(0, t0 + waitMs - Date.now());
  // Of a call that is looked for elsewhere, nothing more comes here.
  const here = injection.adminAfterwards === undefined;
  const live = here ? await firstVerdict(admin, callId, truth, left) : undefined;
  const proof = await injection.proof();
  await (injection.finish ?? hangUp)();
  const afterwards = (await injection.adminAfterwards?.()) ?? admin;
  const late = live ?? (await firstVerdict(afterwards, callId, truth, here ? 2000 : waitMs));
  const details = await afterwards.ended(callId, endWaitMs);
  const first = firstOf(details, truth.weight === 'hint', late);
  const told = details === undefined ? { events: [], final: [] } : describeVerdicts(details, t0);
  const right = proof !== undefined && isRight(truth, first);
  return {
    ...frame(family, fault),
    ...(proof === undefined ? { problem: 'nothing proves that the fault was there' } : { proof }),
    ...(first === undefined ? {} : saidOf(first, t0)),
    right,
    ...told,
    ...(details === undefined ? {} : { saved: saveDetails(fault.name, details) }),
  };
}

const saidOf = ({ at, ...first }: Said, t0: number) => ({ first, verdictMs: Math.max(0, Math.round(at - t0)) });

/** The timeline knows better than somebody who asks now and then what came first, and when. */
const firstOf = (details: CallDetails | undefined, hints: boolean, seen: Said | undefined): Said | undefined =>
  (details === undefined ? undefined : raisedIn(details).find(({ weight }) => hints || weight !== 'hint')) ?? seen;
