import type { ErrorCode, Millis } from '@earshot/base';
import type { GatewayFigures } from './figures.js';

type Status = 'ok' | 'degraded' | 'down';

export interface PartHealth {
  readonly status: Status;
  readonly code?: ErrorCode;
  readonly [figure: string]: unknown;
}

export interface Health {
  readonly status: Status;
  readonly parts: Readonly<Record<string, PartHealth>>;
}

/** From this long before its end on, a certificate wants attention, in ms. */
const EXPIRES_SOON_MS = 14 * 86_400_000;

/**
 * How the parts are. `down`: no call is possible, or none by the way that this part serves; `degraded`: calls are, and
 * somebody should look.
 */
export function healthOf(figures: GatewayFigures, timeOfDay: Millis): Health {
  const parts: Record<string, PartHealth> = {
    media: mediaHealth(figures),
    sessions: { status: 'ok', count: figures.sessions() },
    calls: { status: 'ok', count: figures.calls() },
  };
  const relay = relayHealth(figures);
  if (relay !== undefined) parts.relay = relay;
  const external = externalHealth(figures);
  if (external !== undefined) parts.externalRelays = external;
  const store = storeHealth(figures);
  if (store !== undefined) parts.store = store;
  const trunks = trunkHealth(figures);
  if (trunks !== undefined) parts.trunks = trunks;
  const certificate = figures.certificate?.();
  if (certificate !== undefined) parts.certificate = certificateHealth(certificate.expiresAt, timeOfDay);
  return { status: worst(Object.values(parts)), parts };
}

/** The HTTP status that goes with it. */
export const statusCodeOf = ({ status }: Health): number => (status === 'down' ? 503 : 200);

function worst(parts: readonly PartHealth[]): Status {
  if (parts.some(({ status }) => status === 'down')) return 'down';
  return parts.some(({ status }) => status === 'degraded') ? 'degraded' : 'ok';
}

function mediaHealth(figures: GatewayFigures): PartHealth {
  const { running, configured } = figures.workers();
  const workers = { running, configured };
  if (running === 0) return { status: 'down', code: 'media.worker_failed', ...workers };
  return running < configured
    ? { status: 'degraded', code: 'media.worker_failed', ...workers }
    : { status: 'ok', ...workers };
}

/** Calls go directly where they can, so that a relay which is down is not the end of all. */
function relayHealth(figures: GatewayFigures): PartHealth | undefined {
  if (figures.relay === undefined) return undefined;
  const relay = figures.relay();
  if (relay === undefined || Object.keys(relay.ports).length === 0) {
    return { status: 'degraded', code: 'turn.worker_failed' };
  }
  const { active } = relay.counters;
  return { status: 'ok', ports: relay.ports, allocations: active.udp + active.tcp + active.tls };
}

function externalHealth(figures: GatewayFigures): PartHealth | undefined {
  const relays = figures.externalRelays?.() ?? [];
  if (relays.length === 0) return undefined;
  const down = relays.filter(({ up }) => up === false).map(({ url }) => url);
  return down.length === 0
    ? { status: 'ok', count: relays.length }
    : { status: 'degraded', code: 'turn.unreachable', count: relays.length, down };
}

/** Calls go on without a disk or a database, and their records are kept meanwhile. */
function storeHealth(figures: GatewayFigures): PartHealth | undefined {
  const store = figures.store?.();
  if (store === undefined) return undefined;
  const { kind, fault, recordsWaiting } = store;
  return fault === undefined
    ? { status: 'ok', kind, recordsWaiting }
    : { status: 'degraded', code: fault.code, kind, recordsWaiting };
}

/** One that is down is a matter of its provider at times, and never of this process alone. */
function trunkHealth(figures: GatewayFigures): PartHealth | undefined {
  const trunks = figures.trunks?.() ?? [];
  if (trunks.length === 0) return undefined;
  const down = trunks.filter(({ state }) => state === 'down').map(({ name }) => name);
  return down.length === 0
    ? { status: 'ok', count: trunks.length }
    : { status: 'degraded', code: 'sip.no_response', count: trunks.length, down };
}

function certificateHealth(expiresAt: Millis, timeOfDay: Millis): PartHealth {
  const expires = new Date(expiresAt).toISOString();
  if (timeOfDay >= expiresAt) return { status: 'down', code: 'server.certificate_expired', expires };
  if (timeOfDay >= expiresAt - EXPIRES_SOON_MS) {
    return { status: 'degraded', code: 'server.certificate_expiring', expires };
  }
  return { status: 'ok', expires };
}
