import { fault } from '@earshot/base';
import type { GatewayEvent } from '@earshot/telemetry';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { StoreFigures } from '../../store/types.js';
import { callNow, recordOf, STARTED_AT } from '../../testing/closed-calls.js';
import { readMetrics } from '../../testing/metrics-text.js';
import type { TrunkStatus } from '../../trunks/index.js';
import { registerOutward } from './outward-metrics.js';
import { registerTrunks, SipMetrics } from './sip-metrics.js';
import { registerStore } from './store-metrics.js';

const read = async (registry: Registry) => Object.fromEntries(readMetrics(await registry.metrics()));

describe('metrics of SIP', () => {
  const message = (given: object): GatewayEvent => ({
    type: 'sip.message',
    leg: 'callee',
    direction: 'in',
    method: 'INVITE',
    cseq: 1,
    retransmission: false,
    bytes: 300,
    ...given,
  });

  it('count responses by class and trunk, once each, and what was sent again', async () => {
    const registry = new Registry();
    const metrics = new SipMetrics({ registry, trunks: ['pbx'] });
    const { trunk: _trunk, ...direct } = recordOf();
    metrics.event(STARTED_AT, message({}), callNow());
    for (const status of [180, 183, 200, 486, 700]) metrics.event(STARTED_AT, message({ status }), callNow());
    metrics.event(STARTED_AT, message({ status: 200, retransmission: true }), callNow());
    metrics.event(STARTED_AT, message({ status: 503, direction: 'out' }), callNow(direct));
    metrics.event(STARTED_AT, message({ status: 404 }), callNow(recordOf({ trunk: 'gone' })));
    expect(await read(registry)).toEqual({
      'earshot_sip_responses_total{class="1xx",direction="in",trunk="pbx"}': 2,
      'earshot_sip_responses_total{class="2xx",direction="in",trunk="pbx"}': 1,
      'earshot_sip_responses_total{class="4xx",direction="in",trunk="pbx"}': 1,
      'earshot_sip_responses_total{class="5xx",direction="out",trunk="none"}': 1,
      'earshot_sip_responses_total{class="4xx",direction="in",trunk="other"}': 1,
      'earshot_sip_retransmissions_total{direction="in",trunk="pbx"}': 1,
    });
  });

  it('say which trunks are up, as far as is known', async () => {
    const registry = new Registry();
    const statuses: TrunkStatus[] = [
      { name: 'pbx', state: 'up', responseMs: 25, checks: 5, failures: 1 },
      { name: 'carrier', state: 'down', reason: 'no answer', checks: 2, failures: 2 },
      { name: 'new', state: 'unknown', checks: 0, failures: 0 },
    ];
    registerTrunks(registry, () => statuses);
    expect(await read(registry)).toEqual({
      'earshot_trunk_up{trunk="pbx"}': 1,
      'earshot_trunk_up{trunk="carrier"}': 0,
      'earshot_trunk_response_seconds{trunk="pbx"}': 0.025,
      'earshot_trunk_checks_total{trunk="pbx",result="up"}': 4,
      'earshot_trunk_checks_total{trunk="pbx",result="down"}': 1,
      'earshot_trunk_checks_total{trunk="carrier",result="up"}': 0,
      'earshot_trunk_checks_total{trunk="carrier",result="down"}': 2,
      'earshot_trunk_checks_total{trunk="new",result="up"}': 0,
      'earshot_trunk_checks_total{trunk="new",result="down"}': 0,
    });
  });
});

describe('metrics of the store', () => {
  const figures: StoreFigures = {
    kind: 'postgres',
    recordsWaiting: 1,
    eventsWaiting: 2,
    samplesWaiting: 3,
    recordsKept: 10,
    eventsKept: 20,
    samplesKept: 30,
    eventsShed: 4,
    samplesShed: 5,
  };

  it('are its figures, the same at every scrape', async () => {
    const registry = new Registry();
    registerStore(registry, () => figures);
    const expected = {
      'earshot_store_up{database="postgres"}': 1,
      'earshot_store_waiting{kind="records"}': 1,
      'earshot_store_waiting{kind="events"}': 2,
      'earshot_store_waiting{kind="samples"}': 3,
      'earshot_store_kept_total{kind="records"}': 10,
      'earshot_store_kept_total{kind="events"}': 20,
      'earshot_store_kept_total{kind="samples"}': 30,
      'earshot_store_shed_total{kind="events"}': 4,
      'earshot_store_shed_total{kind="samples"}': 5,
    };
    expect(await read(registry)).toEqual(expected);
    expect(await read(registry)).toEqual(expected);
  });

  it('say why what is kept is not durable, until it is again', async () => {
    const registry = new Registry();
    let now: StoreFigures | undefined = { ...figures, fault: fault('store.unreachable', 'ECONNREFUSED 192.0.2.9') };
    registerStore(registry, () => now);
    expect(await read(registry)).toMatchObject({
      'earshot_store_up{database="postgres"}': 0,
      'earshot_store_fault{code="store.unreachable"}': 1,
    });
    now = figures;
    const found = await read(registry);
    expect(found['earshot_store_up{database="postgres"}']).toBe(1);
    expect(Object.keys(found).some((key) => key.startsWith('earshot_store_fault{'))).toBe(false);
    now = undefined;
    expect(await read(registry)).toEqual({});
  });
});

describe('metrics of receivers and alerts', () => {
  it('are their figures, the same at every scrape', async () => {
    const registry = new Registry();
    registerOutward(registry, {
      receivers: () => [
        { name: 'hep', isUp: true, waiting: 0, sent: 7, lost: 0 },
        { name: 'webhook-1', isUp: false, waiting: 3, sent: 1, lost: 2 },
        { name: 'otel', isUp: undefined, waiting: 0, sent: 0, lost: 0 },
      ],
      alerts: () => [
        { name: 'trunk-down', raised: 2 },
        { name: 'mos', raised: 0 },
      ],
    });
    const expected = {
      'earshot_alert{rule="trunk-down"}': 2,
      'earshot_alert{rule="mos"}': 0,
      'earshot_outward_up{receiver="hep"}': 1,
      'earshot_outward_up{receiver="webhook-1"}': 0,
      'earshot_outward_waiting{receiver="webhook-1"}': 3,
      'earshot_outward_sent_total{receiver="hep"}': 7,
      'earshot_outward_lost_total{receiver="webhook-1"}': 2,
    };
    expect(await read(registry)).toMatchObject(expected);
    const again = await read(registry);
    expect(again).toMatchObject(expected);
    expect(again['earshot_outward_up{receiver="otel"}']).toBeUndefined();
  });
});
