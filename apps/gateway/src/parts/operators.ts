import { ok, type Result } from '@earshot/base';
import type { Registry } from 'prom-client';
import { type AdminServer, type GatewayFigures, type OperatorCalls, startAdmin } from '../admin/index.js';
import type { Timelines } from '../timeline/index.js';
import { VERSION } from '../version.js';
import type { PartContext } from './context.js';
import type { StandingParts } from './start.js';

/** Health, metrics and calls. Undefined where it is off. */
export async function startOperators(
  { config, log, stops }: PartContext,
  parts: StandingParts,
  registry: Registry,
): Promise<Result<AdminServer | undefined>> {
  if (!config.admin.enabled) return ok(undefined);
  const started = await startAdmin({
    ...config.admin,
    log,
    version: VERSION,
    registry,
    calls: operatorCalls(parts.sessions.timelines),
    states: () => parts.sessions.timelines.states(),
    pages: true,
    timeOfDay: Date.now,
    figures: figuresOf(parts),
  });
  if (!started.ok) return started;
  const admin = started.value;
  stops.add(() => admin.close());
  return ok(admin);
}

/** What the timelines in memory know, until records are stored. */
function operatorCalls(timelines: Timelines): OperatorCalls {
  return {
    live: () => [],
    find: async (id) => {
      const timeline = timelines.find(id);
      return timeline === undefined ? undefined : { timeline, verdicts: [], gaps: [] };
    },
    search: async () => ({ calls: [] }),
    overview: async (from, until) => ({
      ...{ from, until, calls: 0, failed: 0, degraded: 0, answered: 0, withoutAudio: 0 },
      ...{ steps: [], byCause: [], byBrowser: [], byNetwork: [], byTrunk: [], gaps: [] },
    }),
  };
}

function figuresOf({ media, sessions, calls, relay, relays, certificates }: StandingParts): GatewayFigures {
  const { hub, ice } = sessions;
  return {
    workers: () => ({
      running: media.pool.sockets.filter((sockets) => sockets.length > 0).length,
      configured: media.pool.sockets.length,
    }),
    sessions: () => hub.size,
    calls: () => calls.size,
    ...(relay === undefined ? {} : { relay: () => ({ ports: relay.ports, counters: relay.counters() }) }),
    credentials: () => ({
      issued: ice.sessions.issued,
      ...(ice.secrets === undefined ? {} : { secretMadeAt: ice.secrets.madeAt }),
    }),
    externalRelays: () => relays.health.figures(),
    ...(certificates === undefined ? {} : { certificate: () => certificates.current }),
  };
}
