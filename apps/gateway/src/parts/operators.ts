import { ok, type Result } from '@earshot/base';
import type { Registry } from 'prom-client';
import { type AdminServer, type GatewayFigures, PAGES_DIR, startAdmin } from '../admin/index.js';
import { VERSION } from '../version.js';
import type { LateParts, PartContext } from './context.js';
import type { StandingParts } from './start.js';

/** Health, metrics and calls. Undefined where it is off. */
export async function startOperators(
  { config, log, stops, late }: PartContext,
  parts: StandingParts,
  registry: Registry,
): Promise<Result<AdminServer | undefined>> {
  if (!config.admin.enabled) return ok(undefined);
  const started = await startAdmin({
    ...config.admin,
    log,
    version: VERSION,
    registry,
    calls: parts.sessions.timelines,
    states: () => parts.sessions.timelines.states(),
    pages: PAGES_DIR,
    timeOfDay: Date.now,
    figures: figuresOf(parts, late),
  });
  if (!started.ok) return started;
  const admin = started.value;
  stops.add(() => admin.close());
  return ok(admin);
}

function figuresOf(
  { media, sessions, calls, relay, relays, certificates }: StandingParts,
  { store, outward }: LateParts,
): GatewayFigures {
  const { hub, ice } = sessions;
  return {
    workers: () => ({
      running: media.pool.sockets.filter((sockets) => sockets.length > 0).length,
      configured: media.pool.sockets.length,
    }),
    sessions: () => hub.size,
    waiting: () => hub.waitingPages,
    calls: () => calls.size,
    ...(relay === undefined ? {} : { relay: () => ({ ports: relay.ports, counters: relay.counters() }) }),
    credentials: () => ({
      issued: ice.sessions.issued,
      ...(ice.secrets === undefined ? {} : { secretMadeAt: ice.secrets.madeAt }),
    }),
    externalRelays: () => relays.health.figures(),
    store: () => store?.figures(),
    trunks: () => outward?.trunks() ?? [],
    ...(certificates === undefined ? {} : { certificate: () => certificates.current }),
  };
}
