import { ERRORS, type ErrorCode } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import type { VerdictSide } from './verdict.js';
import { certainty, type Ends, placeName, placeOf, qualityName, whoseProblem } from './verdict-words.js';

const OUT: Ends = { caller: 'browser', callee: 'sip' };
const IN: Ends = { caller: 'sip', callee: 'browser' };
const blamed = (code: ErrorCode, side: VerdictSide) => ({ code, side, layer: ERRORS[code].layer });

describe('where a problem is', () => {
  it.each([
    ['mic.silent', 'caller', OUT, 'caller'],
    ['playout.not_rendered', 'callee', IN, 'callee'],
    ['ice.udp_blocked', 'caller', OUT, 'caller-network'],
    ['dtls.mtu_drop', 'callee', IN, 'callee-network'],
    ['signaling.ws_dropped', 'caller', OUT, 'caller-network'],
    ['signaling.client_gone', 'caller', OUT, 'caller'],
    ['sip.busy', 'far-end', OUT, 'callee'],
    ['media.far_end_silent', 'far-end', IN, 'caller'],
    ['network.far_end_loss', 'far-end', OUT, 'callee-network'],
    ['sip.auth_rejected', 'gateway', OUT, 'gateway'],
  ] as const)('%s of the %s', (code, side, ends, place) => {
    expect(placeOf(blamed(code, side), ends)).toBe(place);
  });

  it('is said without the words of protocols', () => {
    expect(whoseProblem(blamed('ice.udp_blocked', 'caller'), OUT)).toBe(
      'The problem is on the way between the caller’s browser and the gateway.',
    );
    expect(whoseProblem(blamed('network.far_end_loss', 'far-end'), OUT)).toContain('between the phone side');
    expect(whoseProblem(blamed('media.far_end_silent', 'far-end'), OUT)).toContain('at the phone side');
    expect(whoseProblem(blamed('sip.busy', 'far-end'), OUT)).toContain('did not take the call');
    expect(whoseProblem(blamed('mic.silent', 'caller'), OUT)).toContain('at the caller');
    expect(whoseProblem(blamed('sip.auth_rejected', 'gateway'), OUT)).toContain('this gateway');
  });

  it('is named by what stands there', () => {
    expect(placeName('caller', IN)).toBe('Caller’s phone');
    expect(placeName('callee', { caller: 'browser' })).toBe('Nobody yet');
    expect(placeName('callee', OUT)).toBe('Phone side');
  });
});

it('says how sure a verdict is, and how a call sounded', () => {
  expect([1, 0.9, 0.75, 0.5, 0.2].map(certainty)).toEqual(['Certain', 'Certain', 'Very likely', 'Likely', 'Possible']);
  expect([4.3, 3.96, 3.7, 3.2, 2].map(qualityName)).toEqual(['good', 'good', 'fair', 'poor', 'bad']);
});
