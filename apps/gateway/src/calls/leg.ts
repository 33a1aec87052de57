import type { Fault, IceCredentials } from '@earshot/base';
import type { CallEnded, CallOutput, LegStats } from '@earshot/calls';

type Output<Type extends CallOutput['type']> = Extract<CallOutput, { readonly type: Type }>;

/** MOS of the last few seconds; undefined where nobody can tell. */
export interface Heard {
  readonly here: number | undefined;
  readonly there: number | undefined;
}

/** What a call asks of a leg, whatever carries it. One implementation for each kind of signalling. */
export interface Leg {
  readonly id: string;
  invite(output: Output<'leg.invite'>): void;
  ring(output: Output<'leg.ring'>): void;
  /** An SDP answer outside the answer to the call itself. */
  describe(sdp: string): void;
  /** ICE credentials for a restart to come. */
  spare(ice: IceCredentials): void;
  answer(sdp: string): void;
  reject(fault: Fault, status: number): void;
  hangUp(fault: Fault | undefined): void;
  /** An offer in mid-call was not taken. */
  refuse(fault: Fault): void;
  dtmf(digit: string, durationMs: number): void;
  state(output: Output<'state'>): void;
  /** Figures of both legs, and the MOS of what is heard now at this end and at the other. */
  stats(own: LegStats | undefined, other: LegStats | undefined, heard: Heard): void;
  /** The call is over; the leg has been told to end before, where it had to be. */
  ended(output: CallEnded): void;
}
