import type { Fault, Millis } from '@earshot/base';
import type { RelayEvent } from '@earshot/telemetry';
import type { OwnPeer, TurnCounters } from '@earshot/turn';
import type { RelayCertificate, RelayPorts } from './types.js';

/** Main thread to the relay's thread. */
export type RelayInput =
  | { readonly type: 'secrets'; readonly secrets: readonly string[] }
  | { readonly type: 'peers'; readonly peers: readonly OwnPeer[] }
  | { readonly type: 'certificate'; readonly certificate: RelayCertificate }
  | { readonly type: 'drain' }
  | { readonly type: 'stop' };

/** The relay's thread to the main thread, in lists of what happened in one turn. One of the first two comes first. */
export type RelayOutput =
  | { readonly type: 'listening'; readonly ports: RelayPorts }
  | { readonly type: 'not-listening'; readonly fault: Fault }
  | { readonly type: 'event'; readonly event: RelayEvent; readonly tag: string | undefined; readonly at: Millis }
  | { readonly type: 'counters'; readonly counters: TurnCounters };
