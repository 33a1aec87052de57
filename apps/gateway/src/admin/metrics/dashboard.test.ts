import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { NOTHING_RELAYED, QUIET } from '../../testing/figures.js';
import { CallMetrics } from './call-metrics.js';
import { OutcomeMetrics } from './outcome-metrics.js';
import { registerOutward } from './outward-metrics.js';
import { registerParts } from './part-metrics.js';
import { registerProcess } from './process-metrics.js';
import { registerTrunks, SipMetrics } from './sip-metrics.js';
import { registerStore } from './store-metrics.js';

/** What this test reads of a dashboard; the rest is Grafana's. */
const panelSchema = z.object({
  id: z.int().positive(),
  type: z.enum(['row', 'timeseries', 'stat', 'bargauge']),
  title: z.string().min(1),
  datasource: z.object({ type: z.literal('prometheus'), uid: z.literal(`\${datasource}`) }).optional(),
  gridPos: z.object({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1).max(24), h: z.int().min(1) }),
  targets: z.array(z.object({ expr: z.string().min(1), refId: z.string().min(1) })).default([]),
});
const dashboardSchema = z.object({
  title: z.literal('Earshot'),
  uid: z.literal('earshot'),
  id: z.null(),
  schemaVersion: z.int().min(36),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string(), query: z.unknown() })) }),
  panels: z.array(panelSchema).min(1),
});

/** A metric as the registry describes it. */
interface Described {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

const file = new URL('../../../../../docs/grafana/earshot.json', import.meta.url);
const dashboard = dashboardSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
const expressions = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));

const registry = new Registry();
let stop = (): void => {};
let metrics: ReadonlyMap<string, Described>;

/** Everything that a gateway with all its parts has. */
beforeAll(() => {
  new CallMetrics(registry);
  new OutcomeMetrics({ registry, trunks: [] });
  new SipMetrics({ registry, trunks: [] });
  registerTrunks(registry, () => []);
  registerStore(registry, () => undefined);
  registerOutward(registry, { receivers: () => [], alerts: () => [] });
  const figures = {
    ...QUIET,
    relay: () => ({ ports: {}, counters: NOTHING_RELAYED }),
    credentials: () => ({ issued: 0 }),
    externalRelays: () => [],
    certificate: () => undefined,
  };
  registerParts({ registry, figures, states: () => new Map(), timeOfDay: () => 0 });
  stop = registerProcess(registry);
  const all = registry.getMetricsAsArray() as unknown as (Described & { readonly constructor: { name: string } })[];
  metrics = new Map(all.map((metric) => [metric.name, { ...metric, type: metric.constructor.name.toLowerCase() }]));
});
afterAll(() => stop());

/** The metric that a name of the text format belongs to: a histogram has three. */
function metricOf(name: string): Described | undefined {
  const base = name.replace(/_(?:bucket|sum|count)$/, '');
  const histogram = metrics.get(base);
  return histogram?.type === 'histogram' && base !== name ? histogram : metrics.get(name);
}

describe('metrics', () => {
  it('are named as Prometheus advises', () => {
    for (const { name, type, help, labelNames } of metrics.values()) {
      expect(name, name).toMatch(/^(?:earshot|process)_[a-z0-9]+(?:_[a-z0-9]+)*$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name, 'base units').not.toMatch(/_(?:ms|milliseconds|minutes|kilobytes|percent)(?:_|$)/);
      expect(help.length, `${name} says what it counts`).toBeGreaterThan(4);
      for (const label of labelNames) expect(label, name).toMatch(/^[a-z]+$/);
    }
  });
});

describe('the dashboard', () => {
  it('asks for metrics that there are, by labels that they have', () => {
    const own = new Set(['job', 'instance']);
    for (const { title, expr } of expressions) {
      const selectors = [...expr.matchAll(/\b((?:earshot|process)_[a-z0-9_]+)\{([^}]*)\}/g)];
      expect(selectors.length, `${title} asks for something`).toBeGreaterThan(0);
      const known = new Set(['le', 'quantile']);
      for (const [, name = '', matchers = ''] of selectors) {
        const metric = metricOf(name);
        expect(metric, `${title}: ${name}`).toBeDefined();
        for (const label of metric?.labelNames ?? []) known.add(label);
        for (const [, label = ''] of matchers.matchAll(/([a-z]+)(?:=~|!=|!~|=)/g)) {
          const isBound = label === 'le' && name.endsWith('_bucket');
          expect(isBound || own.has(label) || metric?.labelNames.includes(label), `${title}: ${name} by ${label}`).toBe(
            true,
          );
        }
      }
      for (const [, labels = ''] of expr.matchAll(/\bby \(([^)]*)\)/g)) {
        for (const label of labels.split(/,\s*/)) expect(known.has(label), `${title}: by ${label}`).toBe(true);
      }
      // Nothing is asked for past the choice of job and instance.
      expect(expr.match(/(?:earshot|process)_[a-z0-9_]+/g), title).toHaveLength(selectors.length);
    }
  });

  it('takes the rate of counters and histograms alone, and of all of them', () => {
    for (const { title, expr } of expressions) {
      for (const [whole, name = ''] of expr.matchAll(/\b((?:earshot|process)_[a-z0-9_]+)\{/g)) {
        const before = expr.slice(0, expr.indexOf(whole));
        const isRate = /(?:rate|increase)\($/.test(before);
        expect(isRate, `${title}: ${name}`).toBe(metricOf(name)?.type !== 'gauge');
      }
    }
  });

  it('shows nearly everything there is', () => {
    const shown = new Set(expressions.flatMap(({ expr }) => expr.match(/(?:earshot|process)_[a-z0-9_]+/g) ?? []));
    const left = [...metrics.keys()].filter(
      (name) => !shown.has(name) && ![...shown].some((one) => metricOf(one)?.name === name),
    );
    expect(left.sort()).toEqual([
      'earshot_media_workers_configured',
      'earshot_relay_allocations_total',
      'earshot_relay_bindings_total',
      'earshot_relay_connections',
      'earshot_relay_credentials_issued_total',
      'earshot_relay_packets_total',
      'earshot_relay_secret_age_seconds',
      'earshot_relay_suppressed_total',
      'earshot_tls_certificate_expiry_seconds',
      'earshot_verdicts_withdrawn_total',
      'process_resident_memory_bytes',
    ]);
  });

  it('lets its reader choose the data source, and lays no panel over another', () => {
    expect(dashboard.templating.list).toMatchObject([
      { name: 'datasource', type: 'datasource', query: 'prometheus' },
      { name: 'job', type: 'query' },
      { name: 'instance', type: 'query' },
    ]);
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, datasource, title } of dashboard.panels)
      if (type !== 'row') expect(datasource, title).toBeDefined();
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });

  it('covers calls, causes, quality, ICE and TURN, trunks and the store', () => {
    expect(dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)).toEqual([
      'Calls',
      'What was wrong',
      'Quality',
      'ICE and TURN',
      'Trunks and SIP',
      'Store and diagnosis',
      'Receivers',
    ]);
  });
});
