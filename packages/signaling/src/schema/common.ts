import { type CallState, type ErrorCode, type Fault, isErrorCode } from '@earshot/base';
import { z } from 'zod';
import { LIMITS } from '../protocol.js';

/** Text without control characters, so that none reaches a log line, a SIP header or a page. */
const PRINTABLE = /^\P{Cc}*$/u;

export const text = (longest: number = LIMITS.textLength) => z.string().min(1).max(longest).regex(PRINTABLE);
export const sdp = z.string().min(1).max(LIMITS.sdpLength);
export const callId = z.string().regex(/^[0-9a-f]{32}$/);
export const sequence = z.int().min(1);
export const cumulative = z.int().min(0);
export const count = z.number().min(0);
export const descriptionKind = z.enum(['offer', 'answer']);

export const callState = z.enum([
  'new',
  'routing',
  'ringing',
  'early',
  'answered',
  'connected',
  'held',
  'reconnecting',
  'transferring',
  'ended',
]) satisfies z.ZodType<CallState>;

export const faultSchema = z.strictObject({
  code: z.custom<ErrorCode>(
    (value) => typeof value === 'string' && isErrorCode(value),
    'Invalid input: expected a code of the error table',
  ),
  detail: text(2_048).exactOptional(),
  where: text(2_048).exactOptional(),
}) satisfies z.ZodType<Fault>;
