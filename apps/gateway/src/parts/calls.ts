import { CallEngine, type MediaPort } from '../calls/engine.js';
import { inboundTable, lineRoutes, routeTable } from '../calls/routes.js';
import type { PartContext } from './context.js';
import type { MediaPart } from './media.js';
import type { PhonePart } from './phones.js';
import type { SessionPart } from './sessions.js';

/** Calls between sessions, phones and media workers. They end with the sessions (see web.ts). */
export function startCalls(
  { config, log }: PartContext,
  { pool, addresses, fingerprint }: MediaPart,
  { agent, publicAddress, lines }: PhonePart,
  { hub, timelines }: Pick<SessionPart, 'hub' | 'timelines'>,
): CallEngine {
  const calls = new CallEngine({
    config,
    agent,
    log,
    routes: routeTable(config, lines),
    inboundRoutes: inboundTable(config, lines),
    lines: lineRoutes(lines),
    waiting: (name) => hub.waiting(name),
    ownHosts: [publicAddress, '127.0.0.1'],
    timelines,
    assignMedia: (callId): MediaPort => {
      const worker = pool.assign(callId);
      worker.onEvent((event) => calls.onMedia(event));
      return {
        fingerprint: { algorithm: 'sha-256', value: fingerprint },
        get candidates() {
          return addresses.candidates(worker.sockets);
        },
        send: (command) => worker.send(command),
      };
    },
  });
  addresses.onChange(() => {
    log.info({ media: addresses.list }, 'media addresses changed');
    calls.onMediaMoved();
  });
  return calls;
}
