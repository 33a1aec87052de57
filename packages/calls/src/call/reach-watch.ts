import { type Fault, fault, type Millis } from '@earshot/base';
import type { CallOutput } from './call-io.js';
import type { Deadlines } from './deadlines.js';
import type { Side } from './hops.js';
import type { Party } from './party.js';

/** The browser knows where to send checks: what it makes of that is looked at after a while, unless it gets here. */
export function awaitReach({ side, leg, reach }: Party, deadlines: Deadlines, now: Millis): void {
  if (leg.kind !== 'browser' || reach.isReady) return;
  reach.described(now);
  deadlines.clear(`reach-${side}`);
  deadlines.set(`reach-${side}`, reach.dueAt);
}

/** The while is over: gives it more where the browser has made another step, or says what is missing. */
export function judgeReach(party: Party, deadlines: Deadlines, now: Millis): readonly CallOutput[] {
  const { side, leg, reach, unreached } = party;
  if (unreached === undefined) return [];
  if (now < reach.dueAt) {
    deadlines.set(`reach-${side}`, reach.dueAt);
    return [];
  }
  party.foundSilent = true;
  return [{ type: 'leg.silence', legId: leg.legId, fault: unreached, afterMs: reach.sinceDescribed(now) }];
}

/** How far the call had come when it ended. */
interface Progress {
  readonly answered: boolean;
  /** It was in the state `connected` once. */
  readonly wasConnected: boolean;
}

/** Why a call ends, in the most telling words there are. `cause`: what was said; undefined for a hang-up. */
export function reasonOf(
  cause: Fault | undefined,
  by: Side | 'gateway',
  parties: readonly Party[],
  { answered, wasConnected }: Progress,
): Fault | undefined {
  if (cause === undefined) {
    // A callee that leaves while it rings says no more than that it cannot be reached.
    if (!answered) return by === 'callee' ? fault('sip.unavailable') : undefined;
    // Whoever gives up waiting for a path that was found missing does so for that reason.
    return wasConnected ? undefined : parties.find(({ isSilent }) => isSilent)?.unreached;
  }
  const isVague = cause.code === 'dtls.timeout' || cause.code === 'ice.failed';
  return (isVague ? parties.find(({ unreached }) => unreached !== undefined)?.unreached : undefined) ?? cause;
}
