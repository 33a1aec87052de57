import type { Fault } from '@earshot/base';
import type { MediaCommand, MediaEvent } from '@earshot/calls';

/** Main thread to worker. */
export type WorkerInput = MediaCommand | { readonly type: 'stop' };

/** Worker to main thread, in lists of what happened in one turn. `started` or `not-started` comes first, `leg.closed` last for its leg. */
export type WorkerOutput =
  | { readonly type: 'started'; readonly browserPort: number }
  | { readonly type: 'not-started'; readonly fault: Fault }
  | { readonly type: 'event'; readonly event: MediaEvent }
  | { readonly type: 'leg.closed'; readonly legId: string };
