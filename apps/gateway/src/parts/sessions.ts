import { ok, type Result } from '@earshot/base';
import { diagnose, startDiagnosis } from '@earshot/diagnosis';
import type { FallbackPolicy } from '@earshot/signaling';
import type { Tokens } from '../auth/tokens.js';
import type { Config } from '../config/schema.js';
import { type Ice, startIce } from '../ice/index.js';
import { faultFields } from '../log.js';
import type { RelayHealth } from '../relays/index.js';
import { SessionHub } from '../sessions/hub.js';
import type { CallStore } from '../store/index.js';
import { type CallObserver, Timelines } from '../timeline/index.js';
import type { PartContext } from './context.js';

export interface SessionPart {
  readonly ice: Ice;
  readonly hub: SessionHub;
  /** What was seen of calls, for those who ask later. */
  readonly timelines: Timelines;
}

/** What pages are told of it: nothing of the phone that is called. */
function fallbackPolicy({ callBack, callBackAfterSeconds, messageUrl }: Config['calls']['fallback']): FallbackPolicy {
  return {
    callBack,
    ...(callBack && callBackAfterSeconds > 0 ? { callBackAfterMs: callBackAfterSeconds * 1000 } : {}),
    ...(messageUrl === undefined ? {} : { messageUrl }),
  };
}

/** The sessions of browsers, the relay credentials they are given, and the timelines their evidence goes to. */
export async function startSessions(
  { config, log, stops, late }: PartContext,
  tokens: Tokens,
  relays: RelayHealth,
  store: CallStore,
  observers: readonly CallObserver[],
): Promise<Result<SessionPart>> {
  const started = await startIce({
    config,
    log,
    relay: () => late.relay,
    tlsPort: () => late.secure?.advertisedPort,
    isUp: (url) => relays.state(url) === 'up',
  });
  if (!started.ok) return started;
  const ice = started.value;
  stops.add(() => ice.stop());

  const hub = new SessionHub({
    tokens,
    allowedOrigins: config.http.allowedOrigins,
    graceMs: config.calls.graceSeconds * 1000,
    reloadMs: config.calls.reloadSeconds * 1000,
    fallback: fallbackPolicy(config.calls.fallback),
    calls: (session) => late.engine?.ongoing(session) ?? [],
    log,
    ice: ice.sessions,
    talking: () => late.engine?.talking() ?? [],
    events: {
      message: (session, message) => late.engine?.onMessage(session, message),
      attached: (session, attached, leaving) => late.engine?.onAttached(session, attached, leaving),
      attention: (session, attention, quietMs) => late.engine?.onAttention(session, attention, quietMs),
      ended: (session, why) => {
        log.debug(why === undefined ? {} : faultFields(why), 'session ended');
        late.engine?.onSessionEnded(session, why);
      },
    },
  });

  const timelines = new Timelines({
    store,
    observers,
    knows: (tag) => hub.sessionByTag(tag) !== undefined,
    privacy: config.telemetry.privacy,
    judge: { start: startDiagnosis, diagnose, policy: { slowSetupMs: config.telemetry.slowSetupSeconds * 1000 } },
    log,
  });
  stops.add(() => timelines.close());
  return ok({ ice, hub, timelines });
}
