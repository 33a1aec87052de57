import type { SipEvent } from '@earshot/sip';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { Registry } from 'prom-client';
import { CallMetrics } from '../admin/index.js';
import { OutcomeMetrics } from '../admin/metrics/outcome-metrics.js';
import { registerOutward } from '../admin/metrics/outward-metrics.js';
import { registerTrunks, SipMetrics } from '../admin/metrics/sip-metrics.js';
import { registerStore } from '../admin/metrics/store-metrics.js';
import { now as clockNow } from '../clock.js';
import { advertisedTowards, configuredTowards, isLoopback } from '../net/addresses.js';
import { Alerts, AlertWatch, HepObserver, HepSender, postByFetch, Traces, Webhooks } from '../outward/index.js';
import type { SipPort } from '../sip/udp-agent.js';
import type { CallObserver } from '../timeline/observer.js';
import { TrunkChecks, type TrunkStatus } from '../trunks/index.js';
import { VERSION } from '../version.js';
import type { PartContext } from './context.js';

/** An address out in the network (RFC 5737), to ask the system's routes for the usual way there. */
const SOMEWHERE = '192.0.2.1';

const EXPORT_TIMEOUT_MS = 5_000;

/** What leaves this server for other systems: metrics, traces, Homer, webhooks, alerts. */
export interface OutwardPart {
  /** To be told of all calls. */
  readonly observers: readonly CallObserver[];
  /** To be told of everything that the SIP agent says: messages go to Homer, answers to OPTIONS to the checks of trunks. */
  readonly onSip: (event: SipEvent) => void;
  /** Begins to ask trunks whether they are there. */
  readonly watchTrunks: (agent: Pick<SipPort, 'handle' | 'flowTo'>) => void;
  /** In the order of the configuration; empty where they are not asked. */
  readonly trunks: () => readonly TrunkStatus[];
}

/** Before everything that is observed. */
export async function startOutward(
  { config, log, stops, late }: PartContext,
  registry: Registry,
): Promise<OutwardPart> {
  const { outward } = config;
  const names = Object.keys(config.trunks);
  const webhooks = new Webhooks({
    webhooks: outward.webhooks,
    privacy: config.telemetry.privacy,
    log,
    userAgent: `Earshot/${VERSION}`,
    post: postByFetch,
    timeOfDay: Date.now,
  });
  stops.add(() => webhooks.stop());
  const alerts = new Alerts(outward.alerts);
  const watch = new AlertWatch(alerts, { now: clockNow, log, onAlert: (event) => webhooks.alert(event) });
  stops.add(() => watch.stop());
  const homer = await startHomer({ config, log, stops });
  const traces = startTraces({ config, log, stops });
  let checks: TrunkChecks | undefined;
  const trunks = (): readonly TrunkStatus[] => checks?.statuses ?? [];
  registerTrunks(registry, trunks);
  registerStore(registry, () => late.store?.figures());
  registerOutward(registry, {
    alerts: () => alerts.states(),
    receivers: () => [
      ...(homer === undefined ? [] : [homer.sender.receiver.status()]),
      ...(traces === undefined ? [] : [traces.receiver.status()]),
      ...webhooks.statuses(),
    ],
  });
  return {
    observers: [
      new CallMetrics(registry),
      new OutcomeMetrics({ registry, trunks: names }),
      new SipMetrics({ registry, trunks: names }),
      watch,
      ...(outward.webhooks.length === 0 ? [] : [webhooks]),
      ...(homer === undefined ? [] : [homer.observer]),
      ...(traces === undefined ? [] : [traces]),
    ],
    onSip: (event) => {
      if (event.type === 'message') homer?.observer.message(event);
      else if (event.type === 'options') checks?.onOptions(event);
    },
    watchTrunks: (agent) => {
      if (!outward.trunkChecks.enabled || names.length === 0) return;
      const started = new TrunkChecks({
        targets: new Map(Object.entries(config.trunks).map(([name, { target }]) => [name, target])),
        intervalMs: outward.trunkChecks.intervalSeconds * 1000,
        agent,
        log,
        onChange: (status) => watch.trunkChanged(status),
      });
      checks = started;
      stops.add(() => started.stop());
    },
    trunks,
  };
}

type OutwardContext = Pick<PartContext, 'config' | 'log' | 'stops'>;

async function startHomer({ config, log, stops }: OutwardContext) {
  if (config.outward.hep === undefined) return undefined;
  const sender = new HepSender(config.outward.hep, log);
  stops.add(() => sender.stop());
  const usual = await advertisedTowards(SOMEWHERE, config.sip);
  const observer = new HepObserver({
    send: (packet) => sender.send(packet),
    now: clockNow,
    ownAddress: (remote) => configuredTowards(remote, config.sip) ?? (isLoopback(remote) ? '127.0.0.1' : usual),
  });
  return { sender, observer };
}

function startTraces({ config, log, stops }: OutwardContext): Traces | undefined {
  const { otel } = config.outward;
  if (otel === undefined) return undefined;
  const { url, headers, service } = otel;
  const exporter = new OTLPTraceExporter({ url, headers, timeoutMillis: EXPORT_TIMEOUT_MS, concurrencyLimit: 2 });
  const traces = new Traces({ exporter, service, log });
  stops.add(() => traces.stop());
  return traces;
}
