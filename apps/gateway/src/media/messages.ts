import type { Fault, TransportAddress } from '@earshot/base';
import type { MediaCommand, MediaEvent } from '@earshot/calls';
import type { MediaHost } from './options.js';

/** Main thread to worker. `listen`: sockets for browsers on these addresses from now on; answered by `listening`. */
export type WorkerInput =
  | MediaCommand
  | { readonly type: 'listen'; readonly hosts: readonly MediaHost[] }
  | { readonly type: 'stop' };

/** Worker to main thread, in lists of what happened in one turn. `started` or `not-started` comes first, `leg.closed` last for its leg. */
export type WorkerOutput =
  | { readonly type: 'started'; readonly sockets: readonly TransportAddress[] }
  | { readonly type: 'not-started'; readonly fault: Fault }
  /** `sockets`: for browsers, best first; `faults`: why there are not more. */
  | { readonly type: 'listening'; readonly sockets: readonly TransportAddress[]; readonly faults: readonly Fault[] }
  | { readonly type: 'event'; readonly event: MediaEvent }
  | { readonly type: 'leg.closed'; readonly legId: string };
