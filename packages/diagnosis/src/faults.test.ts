import type { ErrorCode } from '@earshot/base';
import type { CallTimeline, Verdict } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.js';
import { START } from './testing/call-writer.js';
import { CASES } from './testing/cases.js';
import { live } from './testing/live.js';

const weighty = ({ weight }: { readonly weight: string }): boolean => weight !== 'hint';
const flat = (verdicts: readonly Verdict[]): Verdict[] => verdicts.flatMap((one) => [one, ...flat(one.consequences)]);

function checkReferences(timeline: CallTimeline, verdicts: readonly Verdict[]): void {
  for (const { evidence } of flat(verdicts)) {
    expect(evidence.length).toBeGreaterThan(0);
    for (const { entry, sample } of evidence) {
      if (entry !== undefined) expect(timeline.entries[entry]).toBeDefined();
      if (sample !== undefined) expect(timeline.samples[sample]).toBeDefined();
    }
  }
}

describe.each(CASES)('$code: $name', ({ code, side, weight, write, symptomMs, withinMs = 5_000 }) => {
  const timeline = write().done();

  it('is the first verdict of the finished call', () => {
    const { verdicts, summary } = diagnose(timeline);
    expect(verdicts.map((one) => `${one.code} ${one.side} ${one.weight}`)[0]).toBe(`${code} ${side} ${weight}`);
    expect(summary).not.toBe('');
    // One fault was brought about: there is one root of weight.
    expect(
      verdicts
        .filter(weighty)
        .slice(1)
        .map((one) => one.code),
    ).toEqual([]);
    checkReferences(timeline, verdicts);
  });

  it('is the first thing that is said while it runs', () => {
    const { said } = live(timeline);
    const raised = said.filter((one) => one.type === 'verdict.raised' && (weight === 'hint' || weighty(one)));
    expect(raised[0]?.code).toBe(code satisfies ErrorCode);
    expect(raised[0]?.side).toBe(side);
    if (symptomMs !== undefined && raised[0] !== undefined) {
      expect(raised[0].at - START - symptomMs).toBeLessThanOrEqual(withinMs);
    }
  });

  it('is the same afterwards as live', () => {
    const shape = (verdicts: readonly Verdict[]): unknown =>
      verdicts.map(({ code: name, side: whose, consequences }) => [name, whose, shape(consequences)]);
    expect(shape(live(timeline).verdicts)).toEqual(shape(diagnose(timeline).verdicts));
  });
});
