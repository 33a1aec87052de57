import { describe, expect, it } from 'vitest';
import { type Ailment, MicrophoneHealth, type SourceFigures, sourceFigures } from './microphone-health.js';

/** One second of a microphone. */
interface Second {
  readonly seconds?: number;
  readonly energy?: number;
  readonly isMuted?: boolean;
  /** This browser does not count its source. */
  readonly uncounted?: boolean;
}

const SPEECH: Second = { energy: 0.01 };
const ZERO: Second = { energy: 0 };
const HISS: Second = { energy: 1e-9 };
const FROZEN: Second = { seconds: 0, energy: 0 };

function times(count: number, second: Second): Second[] {
  return Array.from({ length: count }, () => second);
}

/** What is found, and in which second; looked at twice a second, as the monitor does. */
function findings(course: readonly Second[]): (Ailment & { readonly at: number })[] {
  const health = new MicrophoneHealth();
  const found: (Ailment & { readonly at: number })[] = [];
  let total: SourceFigures = { seconds: 0, energy: 0 };
  for (const [index, { seconds = 1, energy = 0, isMuted = false, uncounted = false }] of course.entries()) {
    for (const half of [0, 0.5]) {
      total = { seconds: total.seconds + seconds / 2, energy: total.energy + energy / 2 };
      const at = index + half;
      const ailment = health.look(at * 1_000, uncounted ? undefined : total, isMuted);
      if (ailment !== undefined) found.push({ ...ailment, at });
    }
  }
  return found;
}

describe('a microphone whose track is live', () => {
  it('is well while it hears something', () => {
    expect(findings(times(60, SPEECH))).toEqual([]);
  });

  it('is well in the pauses of somebody who mostly listens', () => {
    expect(findings([...times(3, SPEECH), ...times(12, HISS), ...times(2, SPEECH), ...times(14, ZERO)])).toEqual([]);
  });

  it('was taken away where no sample comes for two and a half seconds, and is tried less and less often', () => {
    const found = findings([...times(2, SPEECH), ...times(60, FROZEN)]);
    expect(found.map(({ code, at }) => `${code} ${at}`)).toEqual([4, 9, 19, 39].map((at) => `mic.interrupted ${at}`));
    expect(found.filter(({ lasts }) => lasts).map(({ at }) => at)).toEqual([9]);
  });

  it('was taken away where the system mutes it and it gives zeros', () => {
    const muted = { ...ZERO, isMuted: true };
    expect(findings([...times(2, SPEECH), ...times(4, muted)])).toEqual([
      { code: 'mic.interrupted', curable: true, lasts: false, at: 4.5 },
    ]);
  });

  it('is well where the system says muted and sound comes all the same', () => {
    expect(findings(times(30, { ...SPEECH, isMuted: true }))).toEqual([]);
  });

  it('is silent where nothing but hiss comes from the beginning, which no new track changes', () => {
    expect(findings(times(30, HISS))).toEqual([{ code: 'mic.silent', curable: false, lasts: true, at: 6 }]);
  });

  it('is opened anew once where it gives exactly nothing', () => {
    expect(findings(times(30, ZERO))).toEqual([{ code: 'mic.silent', curable: true, lasts: true, at: 6 }]);
  });

  it('is silent again only after it was heard', () => {
    const found = findings([...times(8, HISS), ...times(2, SPEECH), ...times(20, HISS)]);
    expect(found.map(({ code, at }) => `${code} ${at}`)).toEqual(['mic.silent 6', 'mic.silent 24.5']);
  });

  it('goes by what the browser says of the track where samples are not counted', () => {
    expect(findings(times(30, { uncounted: true }))).toEqual([]);
    const [first] = findings([...times(2, { uncounted: true }), ...times(5, { uncounted: true, isMuted: true })]);
    expect(first).toMatchObject({ code: 'mic.interrupted', at: 4 });
  });

  it('begins anew with another track', () => {
    const health = new MicrophoneHealth();
    health.look(0, { seconds: 10, energy: 1 }, false);
    health.begin();
    expect(health.look(5_000, { seconds: 0.1, energy: 0 }, false)).toBeUndefined();
    expect(health.look(5_500, { seconds: 0.6, energy: 0.001 }, false)).toBeUndefined();
  });
});

it('reads the source of a report, and no more than is there', () => {
  const source = { id: 's', type: 'media-source', totalSamplesDuration: 2, totalAudioEnergy: 0.5 };
  expect(sourceFigures(new Map([['s', source]]))).toEqual({ seconds: 2, energy: 0.5 });
  expect(sourceFigures(new Map([['s', { id: 's', type: 'media-source', audioLevel: 0 }]]))).toBeUndefined();
});
