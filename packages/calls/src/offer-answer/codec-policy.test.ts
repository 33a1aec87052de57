import type { CodecName } from '@earshot/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answeredCodec, type CodecPolicy, type LegKind, planCodecs } from './codec-policy.js';

const BROWSER: readonly CodecName[] = ['opus', 'G722', 'PCMU', 'PCMA'];

describe('planning codecs', () => {
  it.each<[CodecPolicy, boolean, LegKind, readonly CodecName[], LegKind, string, string]>([
    // policy, sipOpus, caller, offers, callee -> caller may use, callee is offered
    ['quality', false, 'browser', BROWSER, 'sip', 'opus', 'PCMU PCMA'],
    ['quality', true, 'browser', BROWSER, 'sip', 'opus', 'opus PCMU PCMA'],
    ['quality', false, 'browser', ['PCMA'], 'sip', 'PCMA', 'PCMA PCMU'],
    ['quality', false, 'browser', BROWSER, 'browser', 'opus', 'opus PCMU PCMA'],
    ['quality', false, 'sip', ['PCMA', 'PCMU'], 'browser', 'PCMA PCMU', 'opus PCMA PCMU'],
    ['quality', false, 'sip', ['opus', 'PCMA'], 'browser', 'PCMA', 'opus PCMA PCMU'],
    ['quality', true, 'sip', ['PCMA', 'opus'], 'browser', 'opus PCMA', 'opus PCMA PCMU'],
    ['quality', false, 'sip', ['PCMA'], 'sip', 'PCMA', 'PCMA PCMU'],
    ['density', false, 'browser', BROWSER, 'sip', 'PCMU PCMA', 'PCMU PCMA'],
    ['density', true, 'browser', ['PCMA', 'opus', 'PCMU'], 'sip', 'PCMA PCMU', 'PCMA PCMU'],
    ['density', false, 'sip', ['PCMA'], 'browser', 'PCMA', 'PCMA'],
    ['density', false, 'browser', BROWSER, 'browser', 'PCMU PCMA', 'PCMU PCMA'],
    ['auto', false, 'browser', BROWSER, 'sip', 'PCMU PCMA opus', 'PCMU PCMA'],
    ['auto', true, 'browser', BROWSER, 'sip', 'opus PCMU PCMA', 'opus PCMU PCMA'],
    ['auto', false, 'sip', ['PCMA', 'PCMU'], 'browser', 'PCMA PCMU', 'PCMA PCMU opus'],
    ['auto', false, 'browser', BROWSER, 'browser', 'opus PCMU PCMA', 'opus PCMU PCMA'],
  ])('%s (opus on SIP: %s): %s offering %j to %s', (policy, sipOpus, kind, codecs, calleeKind, caller, callee) => {
    const plan = planCodecs({ policy, sipOpus }, { kind, codecs }, calleeKind);
    if (!plan.ok) throw new Error(plan.error.code);
    expect(plan.value.caller.join(' ')).toBe(caller);
    expect(plan.value.callee.join(' ')).toBe(callee);
  });

  it.each<[CodecPolicy, LegKind, readonly CodecName[]]>([
    ['quality', 'browser', []],
    ['quality', 'sip', ['G722']],
    ['quality', 'sip', ['opus']],
    ['density', 'browser', ['opus']],
    ['auto', 'sip', ['opus', 'G722']],
  ])('%s: a %s that offers %j has no codec in common', (policy, kind, codecs) => {
    const plan = planCodecs({ policy, sipOpus: false }, { kind, codecs }, 'sip');
    expect(plan.ok ? undefined : plan.error.code).toBe('media.codec_mismatch');
  });

  it('never plans what was not offered, what SIP must not speak, or an empty list', () => {
    const kinds = fc.constantFrom<LegKind>('browser', 'sip');
    const offered = fc.uniqueArray(fc.constantFrom<CodecName>(...BROWSER));
    const rules = fc.record({
      policy: fc.constantFrom<CodecPolicy>('quality', 'density', 'auto'),
      sipOpus: fc.boolean(),
    });
    fc.assert(
      fc.property(rules, kinds, offered, kinds, (given, kind, codecs, calleeKind) => {
        const plan = planCodecs(given, { kind, codecs }, calleeKind);
        if (!plan.ok) return;
        const { caller, callee } = plan.value;
        expect(caller.length * callee.length).toBeGreaterThan(0);
        expect(caller.every((name) => codecs.includes(name))).toBe(true);
        expect([...caller, ...callee]).not.toContain('G722');
        if (!given.sipOpus && kind === 'sip') expect(caller).not.toContain('opus');
        if (!given.sipOpus && calleeKind === 'sip') expect(callee).not.toContain('opus');
        if (given.policy === 'density') expect(callee).toEqual(caller);
      }),
      { seed: 3264, numRuns: 300 },
    );
  });
});

it('answers SIP with what the other leg speaks, where it can', () => {
  expect(answeredCodec(['PCMU', 'PCMA'], ['PCMA', 'PCMU'])).toEqual(['PCMA']);
  expect(answeredCodec(['PCMU', 'PCMA'], ['opus'])).toEqual(['PCMU']);
  expect(answeredCodec([], ['opus'])).toEqual([]);
});
