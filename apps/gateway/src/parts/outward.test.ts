import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkConfig } from '../config/load.js';
import { recordingLog } from '../testing/records.js';
import { startOutward } from './outward.js';
import { Stops } from './stops.js';

const stops = new Stops();
afterEach(async () => {
  vi.restoreAllMocks();
  await stops.run();
});

async function start(settings: object) {
  const config = checkConfig(settings);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const registry = new Registry();
  const { log } = recordingLog();
  const part = await startOutward({ config: config.value, log, stops, late: {} }, registry);
  return { part, registry };
}

const names = (part: { readonly observers: readonly object[] }): string[] =>
  part.observers.map((observer) => observer.constructor.name);

describe('what leaves the server', () => {
  it('is metrics and alerts alone, unless somebody is to be told', async () => {
    const { part, registry } = await start({});
    expect(names(part)).toEqual(['CallMetrics', 'OutcomeMetrics', 'SipMetrics', 'AlertWatch']);
    const flow = {
      transport: 'udp',
      local: { address: '0.0.0.0', port: 1 },
      remote: { address: '192.0.2.1', port: 2 },
    } as const;
    const summary = { method: 'INVITE', callId: 'a', cseq: 1, retransmission: false } as never;
    part.onSip({ type: 'message', direction: 'in', flow, summary, bytes: Buffer.from('') });
    part.onSip({ type: 'options', id: 'nobody asked', status: 200 });
    expect(part.trunks()).toEqual([]);
    expect(await registry.metrics()).toContain('earshot_alert{rule="trunk-down"} 0');
  });

  it('goes to all that are named', async () => {
    const { part, registry } = await start({
      outward: {
        hep: { host: '127.0.0.1' },
        otel: { url: 'http://127.0.0.1:9/v1/traces' },
        webhooks: [{ url: 'http://127.0.0.1:9/' }, { url: 'http://127.0.0.1:9/' }],
      },
    });
    expect(names(part).slice(4)).toEqual(['Webhooks', 'HepObserver', 'Traces']);
    const text = await registry.metrics();
    for (const receiver of ['hep', 'otel', 'webhook-1', 'webhook-2']) {
      expect(text).toContain(`earshot_outward_sent_total{receiver="${receiver}"} 0`);
    }
  });

  it('asks trunks, unless that is switched off', async () => {
    // The first questions are spread over two seconds.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const trunks = { pbx: { target: 'sip:127.0.0.1:5070' } };
    const handle = vi.fn();
    const agent = { handle, flowTo: () => ({}) as never };
    const off = await start({ trunks, outward: { trunkChecks: { enabled: false } } });
    off.part.watchTrunks(agent);
    expect(off.part.trunks()).toEqual([]);
    const on = await start({ trunks });
    on.part.watchTrunks(agent);
    expect(on.part.trunks()).toMatchObject([{ name: 'pbx', state: 'unknown' }]);
    await vi.waitUntil(() => handle.mock.calls.length > 0, 5_000);
    const [[input]] = handle.mock.calls as [[{ type: string; id: string; uri: string }]];
    expect(input).toMatchObject({ type: 'options', uri: 'sip:127.0.0.1:5070' });
    on.part.onSip({ type: 'options', id: input.id, status: 404 });
    expect(on.part.trunks()).toMatchObject([{ name: 'pbx', state: 'up' }]);
    expect(await on.registry.metrics()).toContain('earshot_trunk_up{trunk="pbx"} 1');
  });
});
