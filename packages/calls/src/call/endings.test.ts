import { type ErrorCode, fault } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { type CallResult, classifyEnding, faultOfStatus, statusOfFault } from './endings.js';

it.each<[number, ErrorCode, CallResult]>([
  [302, 'sip.request_rejected', 'failed'],
  [400, 'sip.request_rejected', 'failed'],
  [401, 'sip.auth_rejected', 'failed'],
  [403, 'sip.auth_rejected', 'failed'],
  [404, 'sip.not_found', 'failed'],
  [407, 'sip.auth_rejected', 'failed'],
  [408, 'sip.unavailable', 'no-answer'],
  [410, 'sip.not_found', 'failed'],
  [415, 'media.codec_mismatch', 'failed'],
  [480, 'sip.unavailable', 'no-answer'],
  [484, 'sip.not_found', 'failed'],
  [486, 'sip.busy', 'busy'],
  [487, 'sip.cancelled_by_caller', 'cancelled'],
  [488, 'media.codec_mismatch', 'failed'],
  [500, 'sip.service_unavailable', 'failed'],
  [503, 'sip.service_unavailable', 'failed'],
  [600, 'sip.busy', 'busy'],
  [603, 'sip.declined', 'rejected'],
  [604, 'sip.not_found', 'failed'],
  [606, 'media.codec_mismatch', 'failed'],
  [607, 'sip.declined', 'rejected'],
  [699, 'sip.request_rejected', 'failed'],
])('SIP status %d is %s, and the call %s', (status, code, result) => {
  const named = faultOfStatus(status);
  expect(named).toEqual({ code, detail: `SIP status ${status}` });
  expect(classifyEnding({ fault: named, answered: false, by: 'callee' })).toEqual({ result, reason: code });
});

describe('endings without a SIP status', () => {
  it.each([
    [undefined, true, 'caller', 'completed', 'normal'],
    [undefined, true, 'callee', 'completed', 'normal'],
    [undefined, false, 'caller', 'cancelled', 'sip.cancelled_by_caller'],
    ['call.not_answered', false, 'gateway', 'no-answer', 'call.not_answered'],
    ['call.answered_elsewhere', false, 'callee', 'cancelled', 'call.answered_elsewhere'],
    ['signaling.client_gone', false, 'caller', 'cancelled', 'signaling.client_gone'],
    ['signaling.client_gone', true, 'caller', 'failed', 'signaling.client_gone'],
    ['signaling.client_gone', false, 'callee', 'failed', 'signaling.client_gone'],
    ['ice.consent_lost', true, 'callee', 'failed', 'ice.consent_lost'],
    ['media.far_end_leg_dead', true, 'gateway', 'failed', 'media.far_end_leg_dead'],
    ['sip.no_response', false, 'callee', 'failed', 'sip.no_response'],
  ] as const)('%s (answered: %s, by %s) is %s', (code, answered, by, result, reason) => {
    const cause = code === undefined ? undefined : fault(code);
    expect(classifyEnding({ fault: cause, answered, by })).toEqual({ result, reason });
  });
});

it.each([
  ['sip.busy', undefined, 486],
  ['sip.busy', 600, 600],
  ['sip.auth_rejected', 407, 503],
  ['sip.request_rejected', 302, 500],
  ['sip.no_response', undefined, 504],
  ['media.codec_mismatch', undefined, 488],
  ['internal.bug', undefined, 500],
] as const)('a caller learns of %s (received: %s) by %d', (code, received, status) => {
  expect(statusOfFault(fault(code), received)).toBe(status);
});
