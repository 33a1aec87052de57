import type { Random } from '../../fuzz/random.js';
import { type Absence, absence, type Stretch } from './gaps.js';
import type { Rig, RunningCall } from './rig.js';
import { pause, type Scenario } from './scenarios.js';

/** What one event did. */
export interface Outcome {
  readonly run: number;
  /** At the browser, and at the SIP peer. */
  readonly near: Gap;
  readonly far: Gap;
  /** Both were heard again, the call is the same, and the page has its connection. */
  readonly survived: boolean;
  /** Requests that the SIP peer received. */
  readonly sipMessages: number;
  /** ICE restarts of the browser. */
  readonly restarts: number;
  /** What may explain it. */
  readonly trace?: object;
}

export interface Gap {
  /** The longest. */
  readonly ms: number;
  readonly totalMs: number;
}

/** Sound that was there for so long without a break is back. */
const SETTLED_MS = 1000;
/** The end of what was heard is still on its way. */
const TAIL_MS = 300;
const PATIENCE_MS = 30_000;
const RECONNECT_MS = 60_000;
const LOOK_MS = 200;
/** So long both were heard before it. */
const BEFORE_MS = 1000;
const RANDOM_MS = 500;

const gapOf = ({ longestMs, totalMs }: Absence): Gap => ({ ms: Math.round(longestMs), totalMs: Math.round(totalMs) });

/** Waits until both ends have heard each other for `ms` without a break that anybody would notice. */
async function settled(call: RunningCall, ms: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const to = Date.now() - TAIL_MS;
    const heard = [await call.near.listen(), await call.far.listen()];
    if (heard.every((each) => absence(each, to - ms, to).longestMs <= NOTICED_MS)) return true;
    if (Date.now() > deadline || (await call.isEnded())) return false;
    await pause(LOOK_MS);
  }
}
const NOTICED_MS = 150;

/** Lets a scenario happen to a call, and hears what both ends hear of it. Undefined: the call was not fit for it. */
export async function runOnce(
  rig: Rig,
  call: RunningCall,
  scenario: Scenario,
  run: number,
  random: Random,
  slowMs: number,
): Promise<Outcome | undefined> {
  if (!(await settled(call, BEFORE_MS, PATIENCE_MS))) return undefined;
  await pause(random.below(RANDOM_MS));
  const sipBefore = await call.sipMessages();
  const t0 = Date.now();
  const undo = await scenario.happen({ wire: rig.wire, random, run, restartFront: () => rig.restartFront() });
  const left = t0 + scenario.watchMs - Date.now();
  if (left > 0) await pause(left);
  const isBack = await settled(call, SETTLED_MS, PATIENCE_MS);
  const isConnected = scenario.reconnects?.(run) !== true || (await reconnected(call, t0));
  await undo?.();
  const t1 = Date.now() - TAIL_MS;
  const heard = { near: await call.near.listen(), far: await call.far.listen() };
  // What was made up sounds like the tone for a while: the decoder knows.
  const played = gapOf(absence(heard.near, t0, t1));
  const concealed = gapOf(call.near.concealed(t0, t1));
  const near = { ms: Math.max(played.ms, concealed.ms), totalMs: Math.max(played.totalMs, concealed.totalMs) };
  const far = gapOf(absence(heard.far, t0, t1));
  const notes = await call.notes(t0 - 100);
  const sipMessages = (await call.sipMessages()) - sipBefore;
  // A page without a connection does not know that its call was ended.
  const survived = isBack && isConnected && sipMessages === 0 && !(await call.isEnded());
  const isSlow = !survived || Math.max(near.ms, far.ms) >= slowMs;
  return {
    run,
    near,
    far,
    survived,
    sipMessages,
    restarts: notes.filter(({ what }) => what.startsWith('restart ')).length,
    ...(isSlow ? { trace: await traceOf(call, t0, notes, heard) } : {}),
  };
}

async function traceOf(
  call: RunningCall,
  t0: number,
  notes: readonly object[],
  heard: { readonly near: readonly Stretch[]; readonly far: readonly Stretch[] },
): Promise<object> {
  return {
    t0,
    near: breaksOf(heard.near, t0),
    far: breaksOf(heard.far, t0),
    notes,
    pairs: await call.pairs(),
    gateway: await call.gatewayEvents(t0 - 100),
  };
}

/** [when, for how long] the tone was away, in ms since the event. */
function breaksOf(heard: readonly Stretch[], t0: number): readonly (readonly [number, number])[] {
  const breaks: [number, number][] = [];
  let until = t0;
  for (const { at, ms, isTone } of heard) {
    if (!isTone || at + ms <= t0) continue;
    if (at > until + 1) breaks.push([Math.round(until - t0), Math.round(at - until)]);
    until = Math.max(until, at + ms);
  }
  return breaks;
}

async function reconnected(call: RunningCall, since: number): Promise<boolean> {
  const deadline = Date.now() + RECONNECT_MS;
  while (!(await call.hasConnectedSince(since))) {
    if (Date.now() > deadline) return false;
    await pause(LOOK_MS);
  }
  return true;
}
