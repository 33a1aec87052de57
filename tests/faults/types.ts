import type { ErrorCode } from '@earshot/base';
import type { VerdictSide, VerdictWeight } from '@earshot/telemetry';
import type { Admin } from './admin.js';
import type { Benches } from './benches.js';
import type { Caller, CallerOptions } from './caller.js';

/** By what means a fault is brought about. `recorded`: the browser's answer is played back, since nobody is there to give it. */
export type Means = 'network' | 'sdp' | 'process' | 'sip' | 'device' | 'page' | 'recorded';

/** What should be said of a call. The layer is that of the code. */
export interface Truth {
  readonly code: ErrorCode;
  readonly side: VerdictSide;
  /** `hint` where nothing is wrong, but something is worth knowing. Default: fault or degraded. */
  readonly weight?: VerdictWeight;
}

/** A fault that was brought about. */
export interface Injection {
  readonly admin: Admin;
  readonly callId: string;
  /** When the symptom began, by the clock of this machine. */
  readonly t0: number;
  /**
   * Asked when the verdict is there, or the time for it is over: what proves, without Earshot, that the fault was really
   * there. Undefined: it was not, and the entry does not count.
   */
  proof(): Promise<string | undefined>;
  /** Hangs up, or whatever ends the call, before it is looked at as a whole. Default: every page that was opened hangs up. */
  finish?(): Promise<void>;
  /** Where the call is to be looked for after its end, if elsewhere. */
  adminAfterwards?(): Promise<Admin>;
}

/** What an entry has at hand. */
export interface FaultContext extends Benches {
  /** A name that no other entry uses, for a user of the SIP peer. */
  readonly user: string;
  /** Undone in reverse order when the entry is over, whatever came of it. */
  defer(undo: () => unknown): void;
  /** Opens a page that is closed at the end. */
  open(options: CallerOptions): Promise<Caller>;
}

export interface FaultDefinition {
  readonly name: string;
  /** What is wrong, for people. */
  readonly title: string;
  readonly means: Means;
  readonly truth: Truth;
  /** The symptom shows while the call runs, so that the time to the verdict is measured against the aim. Default: true. */
  readonly live?: boolean;
  /** How long to wait for the first verdict after t0, in ms. */
  readonly waitMs?: number;
  /** May not share the machine with others: its process or its network is disturbed. */
  readonly alone?: boolean;
  run(context: FaultContext): Promise<Injection>;
}

export interface Family {
  readonly name: string;
  /** Needs network namespaces. */
  readonly namespaces: boolean;
  /** How many of its entries may run at a time. */
  readonly atOnce: number;
  readonly faults: readonly FaultDefinition[];
}
