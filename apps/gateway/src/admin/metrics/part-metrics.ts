import type { CallState, Millis } from '@earshot/base';
import type { TurnCounters } from '@earshot/turn';
import { Counter, type Counter as CounterType, Gauge, type Registry } from 'prom-client';
import type { GatewayFigures } from '../figures.js';

/** The states that a call can be in before it ends: each has a line, so that a graph knows zero from unknown. */
const STATES: readonly CallState[] = [
  ...(['new', 'routing', 'ringing', 'early', 'answered', 'connected', 'held', 'reconnecting', 'transferring'] as const),
];
const TRANSPORTS = ['udp', 'tcp', 'tls'] as const;
const EXPIRED = 0;

export interface PartMetricsOptions {
  readonly registry: Registry;
  readonly figures: GatewayFigures;
  readonly states: () => ReadonlyMap<CallState, number>;
  /** Certificates and secrets go by calendar time. */
  readonly timeOfDay: () => Millis;
}

/** What the parts count themselves, asked for at each scrape. */
export function registerParts(options: PartMetricsOptions): void {
  registerCalls(options);
  registerRelay(options);
  registerRelayServers(options);
}

function registerCalls({ registry, figures, states, timeOfDay }: PartMetricsOptions): void {
  const registers = [registry];
  new Gauge({
    name: 'earshot_calls',
    help: 'Calls now, by state',
    labelNames: ['state'],
    registers,
    collect() {
      const counts = states();
      for (const state of STATES) this.set({ state }, counts.get(state) ?? 0);
    },
  });
  gauge(registry, 'earshot_sessions', 'Browsers with a session, connected or within their grace', () =>
    figures.sessions(),
  );
  new Gauge({
    name: 'earshot_waiting_pages',
    help: 'Pages that wait for calls; asleep: they do not answer, and are not rung',
    labelNames: ['state'],
    registers,
    collect() {
      const { awake, asleep } = figures.waiting();
      this.set({ state: 'awake' }, awake);
      this.set({ state: 'asleep' }, asleep);
    },
  });
  gauge(registry, 'earshot_media_workers', 'Media workers that run', () => figures.workers().running);
  gauge(
    registry,
    'earshot_media_workers_configured',
    'Media workers that should run',
    () => figures.workers().configured,
  );
  if (figures.certificate !== undefined) {
    gauge(registry, 'earshot_tls_certificate_expiry_seconds', 'Until the TLS certificate expires; 0: it has', () => {
      const certificate = figures.certificate?.();
      return certificate === undefined ? undefined : Math.max(EXPIRED, (certificate.expiresAt - timeOfDay()) / 1000);
    });
  }
}

function registerRelay({ registry, figures }: PartMetricsOptions): void {
  const counters = (): TurnCounters | undefined => figures.relay?.()?.counters;
  if (figures.relay === undefined) return;
  const registers = [registry];
  new Gauge({
    name: 'earshot_relay_up',
    help: '1: the embedded relay listens on this transport',
    labelNames: ['transport'],
    registers,
    collect() {
      const ports = figures.relay?.()?.ports;
      for (const transport of TRANSPORTS) this.set({ transport }, ports?.[transport] === undefined ? 0 : 1);
    },
  });
  new Gauge({
    name: 'earshot_relay_allocations',
    help: 'Allocations now, by how the client speaks to the relay',
    labelNames: ['transport'],
    registers,
    collect() {
      for (const transport of TRANSPORTS) this.set({ transport }, counters()?.active[transport] ?? 0);
    },
  });
  gauge(registry, 'earshot_relay_connections', 'TCP and TLS connections to the relay now', () => counters()?.streams);
  counter(
    registry,
    'earshot_relay_allocations_total',
    'Allocations made, by transport',
    'transport',
    () => counters()?.allocated,
  );
  counter(registry, 'earshot_relay_packets_total', 'Packets relayed; up is to the peer', 'direction', () => {
    const now = counters();
    return now && { up: now.packetsUp, down: now.packetsDown };
  });
  counter(registry, 'earshot_relay_bytes_total', 'Bytes of data relayed; up is to the peer', 'direction', () => {
    const now = counters();
    return now && { up: now.bytesUp, down: now.bytesDown };
  });
  counter(
    registry,
    'earshot_relay_dropped_total',
    'Packets not relayed, by reason',
    'reason',
    () => counters()?.dropped,
  );
  counter(
    registry,
    'earshot_relay_refusals_total',
    'Error answers of the relay, by code',
    'code',
    () => counters()?.refused,
  );
  counter(
    registry,
    'earshot_relay_bindings_total',
    'STUN binding requests answered',
    undefined,
    () => counters()?.bindings,
  );
  counter(
    registry,
    'earshot_relay_suppressed_total',
    'Answers to unauthenticated sources that were not sent, lest they amplify',
    undefined,
    () => counters()?.suppressed,
  );
}

function registerRelayServers({ registry, figures, timeOfDay }: PartMetricsOptions): void {
  const { credentials, externalRelays } = figures;
  if (credentials !== undefined) {
    counter(
      registry,
      'earshot_relay_credentials_issued_total',
      'Sets of relay credentials made',
      undefined,
      () => credentials().issued,
    );
    gauge(registry, 'earshot_relay_secret_age_seconds', 'Age of the secret that signs relay credentials', () => {
      const { secretMadeAt } = credentials();
      return secretMadeAt === undefined ? undefined : Math.max(0, (timeOfDay() - secretMadeAt) / 1000);
    });
  }
  if (externalRelays === undefined) return;
  new Gauge({
    name: 'earshot_external_relay_up',
    help: '1: the TURN server of turn.servers relayed when it was last asked; left out before that',
    labelNames: ['url'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { url, up } of externalRelays()) if (up !== undefined) this.set({ url }, up ? 1 : 0);
    },
  });
}

function gauge(registry: Registry, name: string, help: string, value: () => number | undefined): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      const now = value();
      if (now === undefined) this.remove();
      else this.set(now);
    },
  });
}

/** A counter that its part keeps: by one label, or by none. */
function counter(
  registry: Registry,
  name: string,
  help: string,
  label: string | undefined,
  value: () => number | Readonly<Partial<Record<string, number>>> | undefined,
): void {
  new Counter({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    collect() {
      this.reset();
      fill(this, label, value());
    },
  });
}

function fill(
  target: CounterType,
  label: string | undefined,
  counts: number | Readonly<Partial<Record<string, number>>> | undefined,
): void {
  if (typeof counts === 'number') target.inc(counts);
  else if (label !== undefined) {
    for (const [value, count] of Object.entries(counts ?? {})) target.inc({ [label]: value }, count);
  }
}
