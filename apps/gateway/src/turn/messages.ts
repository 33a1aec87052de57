import type { Fault, Millis } from '@earshot/base';
import type { RelayEvent } from '@earshot/telemetry';
import type { TurnCounters } from '@earshot/turn';
import type { PlainLog } from '../log.js';
import type { MediaAddress } from '../media/index.js';
import type { RelayCertificate, RelayPorts } from './types.js';

/** Main thread to the relay's thread. */
export type RelayInput =
  | { readonly type: 'secrets'; readonly secrets: readonly string[] }
  | { readonly type: 'media'; readonly media: readonly MediaAddress[] }
  | { readonly type: 'certificate'; readonly certificate: RelayCertificate }
  | { readonly type: 'drain' }
  | { readonly type: 'stop' };

/** The relay's thread to the main thread, in lists of what happened in one turn. */
export type RelayOutput =
  /** One of these two comes once. */
  | { readonly type: 'listening'; readonly ports: RelayPorts }
  | { readonly type: 'not-listening'; readonly fault: Fault }
  | { readonly type: 'event'; readonly event: RelayEvent; readonly tag: string | undefined; readonly at: Millis }
  | { readonly type: 'counters'; readonly counters: TurnCounters }
  | { readonly type: 'log'; readonly level: keyof PlainLog; readonly fields: object; readonly message: string };
