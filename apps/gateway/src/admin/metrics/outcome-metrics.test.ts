import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { recordOf, STARTED_AT, timelineOf, verdictOf } from '../../testing/closed-calls.js';
import { readMetrics } from '../../testing/metrics-text.js';
import { OutcomeMetrics } from './outcome-metrics.js';

function world() {
  const registry = new Registry();
  const metrics = new OutcomeMetrics({ registry, trunks: ['pbx'] });
  const read = async () => readMetrics(await registry.metrics());
  return { metrics, read, text: () => registry.metrics() };
}

const raised = { ...verdictOf(), type: 'verdict.raised' } as const;

describe('metrics of how calls went', () => {
  it('count verdicts as they come and go, and the first one of each call at its end', async () => {
    const { metrics, read } = world();
    metrics.verdict(STARTED_AT, raised);
    metrics.verdict(STARTED_AT, { ...raised, type: 'verdict.withdrawn' });
    metrics.closed(timelineOf(), recordOf({ cause: verdictOf() }));
    metrics.closed(timelineOf(), recordOf());
    const found = await read();
    const labels = '{code="ice.udp_blocked",layer="transport",side="caller",weight="fault"}';
    expect(found.get(`earshot_verdicts_total${labels}`)).toBe(1);
    expect(found.get('earshot_verdicts_withdrawn_total{code="ice.udp_blocked",side="caller"}')).toBe(1);
    expect(found.get(`earshot_call_causes_total${labels}`)).toBe(1);
  });

  it('count answered calls, and those without audio', async () => {
    const { metrics, read } = world();
    const { answeredAt: _answeredAt, ...unanswered } = recordOf();
    metrics.closed(timelineOf(), recordOf({ withoutAudio: true }));
    metrics.closed(timelineOf(), recordOf());
    metrics.closed(timelineOf(), unanswered);
    const found = await read();
    expect(found.get('earshot_calls_answered_total')).toBe(2);
    expect(found.get('earshot_calls_without_audio_total')).toBe(1);
  });

  it('take the delay from the call to its first ringing', async () => {
    const { metrics, read } = world();
    const states = (ms: number) =>
      timelineOf([
        [10, { type: 'call.state', state: 'routing' }],
        [ms, { type: 'call.state', state: 'ringing' }],
        [9_000, { type: 'call.state', state: 'answered' }],
      ]);
    metrics.closed(states(700), recordOf());
    metrics.closed(states(2_500), recordOf());
    metrics.closed(timelineOf(), recordOf());
    const found = await read();
    expect(found.get('earshot_setup_seconds_count')).toBe(2);
    expect(found.get('earshot_setup_seconds_sum')).toBe(3.2);
    expect(found.get('earshot_setup_seconds_bucket{le="1"}')).toBe(1);
  });

  it('keep the MOS of each codec on its own scale', async () => {
    const { metrics, read } = world();
    const codecs = { type: 'call.codecs', mode: 'transcode', caller: 'opus', callee: 'PCMA' } as const;
    const quality = [
      { leg: 'caller', mos: 3.5, worstMos: 3, scale: 'narrowband' },
      { leg: 'callee', mos: 4.3, worstMos: 4 },
    ] as const;
    metrics.closed(timelineOf([[100, codecs]]), recordOf({ quality }));
    metrics.closed(timelineOf(), recordOf({ quality }));
    const found = await read();
    expect(found.get('earshot_call_mos_sum{codec="opus",scale="narrowband"}')).toBe(3.5);
    expect(found.get('earshot_call_mos_sum{codec="g711",scale="unknown"}')).toBe(4.3);
    expect(found.get('earshot_call_mos_count{codec="other",scale="narrowband"}')).toBe(1);
    expect(found.get('earshot_call_mos_bucket{le="3.6",codec="opus",scale="narrowband"}')).toBe(1);
  });

  it('count calls by browser and trunk, and how they went', async () => {
    const { metrics, read } = world();
    expect((await read()).get('earshot_trunk_calls_total{trunk="pbx",outcome="failed"}')).toBe(0);
    metrics.closed(timelineOf(), recordOf());
    metrics.closed(timelineOf(), recordOf({ cause: verdictOf({ weight: 'degraded' }) }));
    metrics.closed(timelineOf(), recordOf({ cause: verdictOf(), trunk: 'gone' }));
    metrics.closed(timelineOf(), recordOf({ result: 'failed', browsers: [{ leg: 'caller' }] }));
    const found = await read();
    const browser = (outcome: string) =>
      found.get(`earshot_browser_calls_total{browser="Chromium",version="156",outcome="${outcome}"}`);
    expect(['ok', 'degraded', 'failed'].map(browser)).toEqual([1, 1, 1]);
    expect(found.get('earshot_browser_calls_total{browser="other",version="other",outcome="failed"}')).toBe(1);
    expect(found.get('earshot_browser_calls_total{browser="other",version="other",outcome="ok"}')).toBe(0);
    expect(found.get('earshot_trunk_calls_total{trunk="pbx",outcome="failed"}')).toBe(1);
    expect(found.get('earshot_trunk_calls_total{trunk="other",outcome="failed"}')).toBe(1);
  });

  it('have a bounded number of browsers, whatever pages say they are', async () => {
    const { metrics, read } = world();
    const by = (name: string, version: string) => [{ leg: 'caller', browser: { name, version } }] as const;
    for (let version = 1; version <= 40; version += 1) {
      metrics.closed(timelineOf(), recordOf({ browsers: by('Chromium', `${version}`) }));
      metrics.closed(timelineOf(), recordOf({ browsers: by(`Mine ${version}`, '1') }));
      metrics.closed(timelineOf(), recordOf({ browsers: by('Firefox', `${version}.${'0'.repeat(version)}`) }));
      // Still in use: it does not give its place to those that come.
      metrics.closed(timelineOf(), recordOf({ browsers: by('Chromium', '156') }));
    }
    const found = await read();
    const series = [...found.keys()].filter((key) => key.startsWith('earshot_browser_calls_total'));
    expect(series).toHaveLength(3 * (12 + 1 + 1));
    expect(found.get('earshot_browser_calls_total{browser="Chromium",version="156",outcome="ok"}')).toBe(40);
    expect(found.get('earshot_browser_calls_total{browser="Firefox",version="other",outcome="ok"}')).toBe(40);
    expect(found.get('earshot_browser_calls_total{browser="other",version="other",outcome="ok"}')).toBe(40);
  });

  it('count what evidence is missing, and how long the diagnosis takes', async () => {
    const { metrics, read } = world();
    metrics.closed({ ...timelineOf(), omitted: 3, omittedSamples: 60 }, recordOf());
    metrics.ticked(4);
    const found = await read();
    expect(found.get('earshot_evidence_omitted_total{kind="entries"}')).toBe(3);
    expect(found.get('earshot_evidence_omitted_total{kind="samples"}')).toBe(60);
    expect(found.get('earshot_diagnosis_tick_seconds_bucket{le="0.005"}')).toBe(1);
    expect(found.get('earshot_diagnosis_tick_seconds_bucket{le="0.0025"}')).toBe(0);
  });

  it('hold no addresses, names or numbers', async () => {
    const { metrics, text } = world();
    metrics.verdict(STARTED_AT, raised);
    metrics.closed(timelineOf(), recordOf({ cause: verdictOf() }));
    expect(await text()).not.toMatch(/198\.51|alice|\+49|0123456789abcdef/);
  });
});
