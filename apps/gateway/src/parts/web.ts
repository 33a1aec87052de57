import { formatAddress, ok, type Result } from '@earshot/base';
import type { FastifyInstance } from 'fastify';
import type { Tokens } from '../auth/tokens.js';
import type { CallEngine } from '../calls/engine.js';
import { defaultMayCall } from '../calls/routes.js';
import type { Config } from '../config/schema.js';
import { CertificateKeeper } from '../http/certificate-keeper.js';
import { evidenceRoutes } from '../http/evidence.js';
import { Front, type FrontSettings } from '../http/front.js';
import { type Destination, pageRoutes } from '../http/page.js';
import { sdkRoutes } from '../http/sdk.js';
import { LINES } from '../lines/catalog.js';
import { type SessionHub, WEBSOCKET_PATH } from '../sessions/hub.js';
import type { PartContext } from './context.js';
import type { PhonePart } from './phones.js';

/** Time for BYE and the last frames to leave before sockets close, in ms. */
const DRAIN_MS = 300;

/** The certificate of `http.tls`, taken up anew when its files change. Undefined without one. */
export async function openCertificates({
  config,
  log,
  stops,
}: PartContext): Promise<Result<CertificateKeeper | undefined>> {
  const { tls } = config.http;
  if (tls === undefined) return ok(undefined);
  const opened = await CertificateKeeper.open({ paths: tls, log, timeOfDay: Date.now });
  if (!opened.ok) return opened;
  const keeper = opened.value;
  keeper.start();
  stops.add(() => keeper.stop());
  return ok(keeper);
}

export type WebPart = Pick<Front, 'http' | 'secure' | 'restart'>;

export interface WebNeeds {
  readonly tokens: Tokens;
  readonly certificates: CertificateKeeper | undefined;
  readonly phones: PhonePart;
  readonly hub: SessionHub;
  readonly calls: CallEngine;
}

/**
 * The ports by which browsers come: page, API and WebSocket, and the TLS port that has TURN besides. Their stop is that of
 * calls and sessions, which have to take their leave while there are connections.
 */
export async function startWeb(context: PartContext, needs: WebNeeds): Promise<Result<WebPart>> {
  const { config, log, stops, late } = context;
  const { hub, calls, certificates } = needs;
  const started = await Front.start(
    {
      log,
      certificates,
      routes: (app, settings) => routes(app, context, needs, settings),
      onServer: (server, { http }) => hub.listen(server, http.allowedOrigins),
      dropSockets: () => hub.terminate(),
      onTurnStream: (stream, remote) => {
        if (late.relay === undefined) stream.destroy();
        else late.relay.acceptStream(stream, remote, 'tls');
      },
    },
    { http: config.http, page: config.page },
  );
  if (!started.ok) return started;
  const front = started.value;
  stops.add(async () => {
    // The relay carries the last words of calls, and begins nothing.
    late.relay?.drain();
    await calls.stop();
    hub.close();
    await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    hub.terminate();
    await front.close();
  });
  return ok(front);
}

function routes(
  app: FastifyInstance,
  { config }: PartContext,
  { tokens, phones, hub, calls }: WebNeeds,
  { http, page }: FrontSettings,
): void {
  const { agent, publicAddress, lines } = phones;
  app.get('/healthz', async () => ({ ok: true, calls: calls.size, sessions: hub.size }));
  evidenceRoutes(app, {
    tokens,
    allowedOrigins: http.allowedOrigins,
    session: (id) => hub.sessionById(id),
    onEvidence: (session, evidence) => calls.onMessage(session, evidence),
  });
  sdkRoutes(app);
  if (!page.enabled) return;
  pageRoutes(app, {
    tokens,
    tokenSeconds: config.auth.pageTokenSeconds,
    mayCall: page.mayCall ?? defaultMayCall(config, lines),
    mayReceive: page.mayReceive,
    destinations: shownDestinations(config),
    wsPath: WEBSOCKET_PATH,
    addressOf: (name) => `sip:${name}@${formatAddress({ address: publicAddress, port: agent.local.port })}`,
  });
}

/** Buttons of the page: titled routes, then the built-in lines. */
function shownDestinations(config: Config): Destination[] {
  const titled = config.routes.flatMap(({ match, title }) =>
    title === undefined || match.includes('*') ? [] : [{ name: match, title, description: match }],
  );
  const lines = config.lines.enabled ? LINES : [];
  return [...titled, ...lines.map(({ name, title, description }) => ({ name, title, description }))];
}
