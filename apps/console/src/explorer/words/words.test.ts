import { type CallDetails, type CallRecord, TELEMETRY_VERSION, type Verdict } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { browserName, causeGroups, causeName, parties, RESULT_NAMES, resultName, stateName } from './call-words.js';
import { share, sharePercent } from './shares.js';
import { dateTime, duration, offset, spoken, stepTime } from './times.js';
import { gathered, headline, qualityWords, wayOf, whenWords } from './verdict-words.js';

const START = 1_700_000_000_000;
const RECORD: CallRecord = {
  ...{ key: `${START}-c`, callId: 'c', startedAt: START, connectedAt: START + 1_000, endedAt: START + 63_000 },
  ...{ caller: 'browser', callee: 'sip', result: 'completed', by: 'caller', browsers: [], withoutAudio: false },
  quality: [{ leg: 'caller', mos: 4.24, worstMos: 3.21 }],
  provisional: false,
};
const VERDICT: Verdict = {
  ...{ code: 'ice.udp_blocked', layer: 'network', side: 'caller', weight: 'fault', confidence: 0.9, since: START },
  ...{ text: 'It was blocked.', next: { user: '', operator: '' }, evidence: [], consequences: [] },
};
const call = (record: Partial<CallRecord> | undefined, verdicts: readonly Verdict[] = []): CallDetails => ({
  ...(record === undefined ? {} : { record: { ...RECORD, ...record } }),
  timeline: {
    ...{ version: TELEMETRY_VERSION, callId: 'c', startedAt: START, caller: 'browser', callee: 'sip' },
    ...(record === undefined ? {} : { endedAt: RECORD.endedAt }),
    ...{ clocks: [], entries: [], samples: [], omitted: 0, omittedSamples: 0 },
  },
  ...{ verdicts, gaps: [] },
});

describe('the headline of a call', () => {
  it('is the first verdict', () => {
    expect(headline(call({ answeredAt: START + 500 }, [VERDICT]))).toEqual({
      ...{ tone: 'fault', label: 'Something went wrong', sentence: 'It was blocked.' },
    });
    expect(headline(call({}, [VERDICT])).label).toBe('The call did not come about');
    expect(headline(call({}, [{ ...VERDICT, weight: 'degraded' }])).label).toBe('It worked, but not well');
  });

  it.each([
    [{}, 'fine', 'Both sides heard each other for 1:02 minutes.'],
    [{ result: 'cancelled' }, 'fine', 'The caller hung up before anybody answered.'],
    [{ result: 'unanswered' }, 'fine', 'It rang, and nobody answered.'],
    [{ result: 'failed' }, 'unclear', 'The call did not work, and what was seen of it does not say why.'],
    [undefined, 'running', 'Nothing is wrong so far.'],
  ] as const)('says what there is to say without one: %j', (record, tone, sentence) => {
    expect(headline(call(record))).toMatchObject({ tone, sentence });
    // What is merely worth knowing changes nothing about that.
    expect(headline(call(record, [{ ...VERDICT, weight: 'hint' }]))).toMatchObject({ tone, sentence });
  });

  it('does not call it fine where it sounded bad', () => {
    const quality = [{ leg: 'caller', mos: 2.2, worstMos: 1.5 }] as const;
    expect(headline(call({ quality }))).toEqual({
      ...{ tone: 'unclear', label: 'No cause was found' },
      sentence: 'Both sides were heard, but it sounded bad to the caller, and nothing tells why.',
    });
  });

  it('does not say that people heard each other where that is not known', () => {
    const { connectedAt: _connectedAt, ...unheard } = RECORD;
    expect(headline({ ...call({}), record: unheard }).sentence).toBe('The call ended in the ordinary way.');
  });
});

describe('the particulars of a verdict', () => {
  it('say how it sounded, and when that changed', () => {
    expect(qualityWords(RECORD)).toEqual([
      'What the caller heard sounded good (4.2 of 4.5), and poor at the worst moment (3.2).',
    ]);
    expect(qualityWords({ ...RECORD, quality: [{ leg: 'callee', mos: 4.1, worstMos: 4 }] })).toEqual([
      'What the callee heard sounded good (4.1 of 4.5).',
    ]);
    const narrow = { leg: 'caller', mos: 3.7, worstMos: 3.7, scale: 'narrowband' } as const;
    expect(qualityWords({ ...RECORD, quality: [narrow] })).toEqual([
      'What the caller heard sounded fair (3.7 of 4.5, on the scale of phone lines).',
    ]);
    expect(qualityWords(undefined)).toEqual([]);
  });

  it('say when it was', () => {
    const { timeline } = call({});
    const since = START + 5_000;
    expect(whenWords({ ...VERDICT, since }, timeline)).toBe('From 0:05.0 until the end');
    expect(whenWords({ ...VERDICT, since, until: START + 9_000 }, timeline)).toBe(
      'From 0:05.0 to 0:09.0, then it was over',
    );
    expect(whenWords({ ...VERDICT, since }, call(undefined).timeline)).toBe('Since 0:05.0');
    expect(whenWords({ ...VERDICT, since: START - 100 }, timeline)).toBe('From the beginning until the end');
  });

  it('say once what was seen several times in a row', () => {
    const seen = ['a', 'b', 'b', 'b', 'a'].map((text, at) => ({ at, text }));
    expect(gathered(seen).map(({ at, text, more }) => `${at} ${text} ${more}`)).toEqual(['0 a 0', '1 b 2', '4 a 0']);
  });

  it('mark one place on the way, or none', () => {
    const ends = { caller: 'browser', callee: 'sip' } as const;
    expect(wayOf(ends, VERDICT).map(({ name, marked }) => `${name}${marked ? ' !' : ''}`)).toEqual([
      'Caller’s browser',
      'Network !',
      'Gateway',
      'Network',
      'Phone side',
    ]);
    expect(wayOf(ends, undefined).some(({ marked }) => marked)).toBe(false);
  });
});

describe('the words for calls', () => {
  it('name the parties as far as they are known', () => {
    expect(parties(RECORD)).toEqual({ from: 'a browser', to: 'a phone' });
    expect(parties({ caller: 'sip', from: '+1555' })).toEqual({ from: '+1555', to: 'nobody yet' });
    expect(browserName({ leg: 'caller', browser: { name: 'Firefox', version: '145' } })).toBe('Firefox 145');
    expect(browserName({ leg: 'caller' })).toBe('unknown browser');
  });

  it('name states, results and causes, also those of later versions', () => {
    expect(stateName('answered')).toBe('Answered, waiting for audio');
    expect([resultName('busy'), resultName('moved')]).toEqual(['Busy', 'moved']);
    expect(new Set(RESULT_NAMES.map(([value]) => value)).size).toBe(RESULT_NAMES.length);
    expect([causeName('sip.busy'), causeName('new.code')]).toEqual(['The line is busy', 'new.code']);
  });

  it('offer the causes that calls can have, by area', () => {
    const groups = causeGroups();
    expect(groups.find(({ area }) => area === 'ice')?.codes).toContain('ice.udp_blocked');
    expect(groups.map(({ area }) => area)).not.toContain('config');
  });
});

describe('times and shares', () => {
  it('count from the beginning of the call', () => {
    expect([0, 7_340, -200, -20, 61_000, 59_960].map(offset)).toEqual([
      ...['0:00.0', '0:07.3', '-0:00.2', '0:00.0', '1:01.0', '1:00.0'],
    ]);
    expect([400, 1_000, 62_000].map(duration)).toEqual(['under 1 s', '0:01', '1:02']);
    expect([1_000, 7_400, 62_000, 3_605_000].map(spoken)).toEqual([
      ...['1 second', '7 seconds', '1:02 minutes', '1:00:05 hours'],
    ]);
  });

  it('are said by the clock of the reader, with the day where that matters', () => {
    const at = new Date(2026, 10, 2, 3, 4, 5).getTime();
    expect(dateTime(at)).toBe('2026-11-02 03:04:05');
    expect(stepTime(at, 3_600_000)).toBe('03:04');
    expect(stepTime(at, 7 * 86_400_000)).toBe('11-02 03:04');
    expect(stepTime(at, 30 * 86_400_000)).toBe('11-02');
  });

  it('never say 0% of something, or all of it where it is not', () => {
    expect([0, 1, 500, 998, 1_000].map((part) => sharePercent(part, 1_000))).toEqual([
      ...['0%', 'under 1%', '50%', 'over 99%', '100%'],
    ]);
    expect([share(1, 0), share(2, 1)]).toEqual([0, 1]);
  });
});
