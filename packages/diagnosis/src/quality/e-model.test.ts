import { describe, expect, it } from 'vitest';
import { CallWriter } from '../testing/call-writer.js';
import { delayImpairment, mosOf, opusAt, rating } from './e-model.js';
import { qualityOf } from './index.js';

const CALM = { lossPercent: 0, bursty: false, delayMs: 0 } as const;

describe('the E-model', () => {
  // ITU-T G.107 annex B: MOS of the ratings at which its categories change.
  it.each([
    [93.2, 4.41],
    [90, 4.34],
    [80, 4.03],
    [70, 3.6],
    [60, 3.1],
    [50, 2.58],
  ])('gives a rating of %d a MOS of %d', (r, mos) => {
    expect(mosOf(r, 'narrowband')).toBeCloseTo(mos, 1);
  });

  it('stays between 1 and 4.5', () => {
    expect(mosOf(-20, 'narrowband')).toBe(1);
    expect(mosOf(3, 'narrowband')).toBe(1);
    expect(mosOf(160, 'fullband')).toBe(4.5);
  });

  it('takes off for delay what is published', () => {
    expect(delayImpairment(100)).toBeCloseTo(2.4, 5);
    expect(delayImpairment(177.3)).toBeCloseTo(4.26, 2);
    expect(delayImpairment(400)).toBeCloseTo(9.6 + 24.5, 1);
  });

  it('knows that G.711 stands loss with concealment, and hardly without', () => {
    const conditions = { ...CALM, scale: 'narrowband', lossPercent: 5 } as const;
    // Ie,eff = 95 * 5 / (5 + 25.1), and 95 * 5 / (5 + 4.3).
    expect(rating(conditions)).toBeCloseTo(93.2 - 15.78, 1);
    expect(rating({ ...conditions, plain: true })).toBeCloseTo(93.2 - 51.08, 1);
  });

  it('takes Opus by its bit rate, in a straight line between those of the table', () => {
    expect(opusAt(16).ie).toBe(30.2);
    expect(opusAt(28)).toMatchObject({ ie: 18.5 });
    expect(opusAt(28).bpl).toBeCloseTo(10.85, 5);
    expect(opusAt(8).ie).toBe(30.2);
    expect(opusAt(64).ie).toBe(10.7);
  });

  it('judges bursts more harshly than the same loss at random, and each loss more than none', () => {
    const lossy = { ...CALM, scale: 'fullband', kbits: 25, lossPercent: 6 } as const;
    const random = rating(lossy);
    expect(rating({ ...lossy, bursty: true })).toBeLessThan(random);
    expect(rating({ ...lossy, lossPercent: 0 })).toBeGreaterThan(random);
    expect(random).toBeCloseTo(148 - (20.2 + 74.8 * (6 / 17.3)), 1);
  });
});

describe('the quality of a call', () => {
  it('is good where nothing is lost, on the scale of the codecs', () => {
    const [caller, callee] = qualityOf(new CallWriter().connects().runs(20).ends().done());
    expect(caller).toMatchObject({ leg: 'caller', scale: 'narrowband' });
    expect(caller?.mos).toBeGreaterThan(4.2);
    expect(callee).toMatchObject({ leg: 'callee', scale: 'narrowband' });
  });

  it('is on the fullband scale where Opus goes from end to end', () => {
    const writer = new CallWriter('browser', 'browser').connects();
    const quality = qualityOf(
      writer
        .gateway({ type: 'call.codecs', mode: 'pass-through', caller: 'opus', callee: 'opus' })
        .runs(15)
        .ends()
        .done(),
    );
    expect(quality.map(({ scale }) => scale)).toEqual(['fullband', 'fullband']);
    expect(quality[0]?.mos).toBeGreaterThan(4);
  });

  it('remembers the worst ten seconds', () => {
    const page = { packetsLost: 8, packetsReceived: 42, concealedSamples: 7_600, concealmentEvents: 7 };
    const [caller] = qualityOf(new CallWriter().connects().runs(30).runs(10, { page }).runs(60).ends().done());
    expect(caller?.mos).toBeGreaterThan(3.9);
    expect(caller?.worstMos).toBeLessThan(3);
  });

  it('falls with delay on the way', () => {
    const far = { roundTripMs: 700, pairRoundTripMs: 700 };
    const [caller] = qualityOf(new CallWriter().connects().runs(20, { page: far }).ends().done());
    expect(caller?.mos).toBeLessThan(3.6);
  });

  it('says nothing of a call that was not answered', () => {
    expect(qualityOf(new CallWriter().begins().reaches().rings().runs(10).ends('sip.busy', 'callee').done())).toEqual(
      [],
    );
  });
});
