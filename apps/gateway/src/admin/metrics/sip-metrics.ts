import type { Millis } from '@earshot/base';
import type { GatewayEvent } from '@earshot/telemetry';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { CallNow, CallObserver } from '../../timeline/observer.js';
import type { TrunkStatus } from '../../trunks/index.js';
import { OTHER } from './browser-versions.js';

const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'] as const;

export interface SipMetricsOptions {
  readonly registry: Registry;
  /** Names of the configuration. */
  readonly trunks: readonly string[];
}

/** Counts the responses of calls, once each however often they are sent again. */
export class SipMetrics implements CallObserver {
  readonly #trunks: ReadonlySet<string>;
  readonly #responses: Counter<'class' | 'direction' | 'trunk'>;
  readonly #retransmissions: Counter<'direction' | 'trunk'>;

  constructor({ registry, trunks }: SipMetricsOptions) {
    const registers = [registry];
    this.#trunks = new Set(trunks);
    this.#responses = new Counter({
      name: 'earshot_sip_responses_total',
      help: 'SIP responses of calls, by class, direction and trunk (none: by a route without one)',
      labelNames: ['class', 'direction', 'trunk'],
      registers,
    });
    this.#retransmissions = new Counter({
      name: 'earshot_sip_retransmissions_total',
      help: 'SIP messages of calls that were sent or received again',
      labelNames: ['direction', 'trunk'],
      registers,
    });
  }

  event(_at: Millis, event: GatewayEvent, call: CallNow): void {
    if (event.type !== 'sip.message') return;
    const { direction, status, retransmission } = event;
    const trunk = this.#trunkOf(call);
    if (retransmission) {
      this.#retransmissions.inc({ direction, trunk });
      return;
    }
    const kind = status === undefined ? undefined : CLASSES[Math.floor(status / 100) - 1];
    if (kind !== undefined) this.#responses.inc({ class: kind, direction, trunk });
  }

  #trunkOf({ record: { trunk } }: CallNow): string {
    if (trunk === undefined) return 'none';
    return this.#trunks.has(trunk) ? trunk : OTHER;
  }
}

/** The state of each trunk, asked for at each scrape. */
export function registerTrunks(registry: Registry, statuses: () => readonly TrunkStatus[]): void {
  const registers = [registry];
  new Gauge({
    name: 'earshot_trunk_up',
    help: '1: the trunk answered the last SIP OPTIONS; left out before the first answer is in',
    labelNames: ['trunk'],
    registers,
    collect() {
      this.reset();
      for (const { name, state } of statuses()) if (state !== 'unknown') this.set({ trunk: name }, +(state === 'up'));
    },
  });
  new Gauge({
    name: 'earshot_trunk_response_seconds',
    help: 'How long the trunk took to answer the last SIP OPTIONS; left out while it is down',
    labelNames: ['trunk'],
    registers,
    collect() {
      this.reset();
      for (const { name, responseMs } of statuses()) {
        if (responseMs !== undefined) this.set({ trunk: name }, responseMs / 1000);
      }
    },
  });
  new Counter({
    name: 'earshot_trunk_checks_total',
    help: 'SIP OPTIONS to trunks that were decided, by result (up, down)',
    labelNames: ['trunk', 'result'],
    registers,
    collect() {
      this.reset();
      for (const { name, checks, failures } of statuses()) {
        this.inc({ trunk: name, result: 'up' }, checks - failures);
        this.inc({ trunk: name, result: 'down' }, failures);
      }
    },
  });
}
