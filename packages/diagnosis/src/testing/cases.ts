import type { ErrorCode } from '@earshot/base';
import type { VerdictSide, VerdictWeight } from '@earshot/telemetry';
import type { CallWriter } from './call-writer.js';
import { DEVICE_CASES } from './cases-device.js';
import { LINE_CASES } from './cases-line.js';
import { MEDIA_CASES } from './cases-media.js';
import { PATH_CASES } from './cases-path.js';
import { REACH_CASES } from './cases-reach.js';
import { SIP_CASES } from './cases-sip.js';

/** A fault as it shows in a timeline, and what must be said of it. */
export interface Case {
  readonly code: ErrorCode;
  readonly name: string;
  readonly side: VerdictSide;
  readonly weight: VerdictWeight;
  readonly write: () => CallWriter;
  /** When the symptom began, in ms of the call: a live verdict must follow within `withinMs` (5 s). */
  readonly symptomMs?: number;
  readonly withinMs?: number;
}

export const CASES: readonly Case[] = [
  ...[...SIP_CASES, ...DEVICE_CASES, ...REACH_CASES, ...PATH_CASES],
  ...[...MEDIA_CASES, ...LINE_CASES],
];
