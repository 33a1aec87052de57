import { err, formatAddress, ok, type Result } from '@earshot/base';
import { createCertificate, loadCertificate } from '@earshot/crypto';
import { Registry } from 'prom-client';
import { type AdminServer, CallMetrics, type RunningServer, startAdmin } from './admin/index.js';
import { Tokens } from './auth/tokens.js';
import { CallEngine, type MediaPort } from './calls/engine.js';
import { defaultMayCall, type LineRoute, lineRoutes, routeTable } from './calls/routes.js';
import type { Config } from './config/schema.js';
import { CertificateKeeper } from './http/certificate-keeper.js';
import { type Destination, pageRoutes } from './http/page.js';
import { type SecurePort, startSecure } from './http/secure.js';
import { type HttpServer, startHttp } from './http/server.js';
import { type SessionIce, startIce } from './ice/index.js';
import { LINES } from './lines/catalog.js';
import { LineServer } from './lines/line-server.js';
import { faultFields, type Log } from './log.js';
import { MediaAddresses, MediaPool } from './media/index.js';
import { advertisedTowards, configuredTowards, isLoopback } from './net/addresses.js';
import { Reflector, startRelayHealth } from './relays/index.js';
import { SessionHub, WEBSOCKET_PATH } from './sessions/hub.js';
import { UdpAgent } from './sip/udp-agent.js';
import { RecentCalls, Timelines } from './timeline/index.js';
import { type RelayPorts, type RelayService, TurnService } from './turn/index.js';
import { VERSION } from './version.js';

/** Time for BYE and the last frames to leave before sockets close, in ms. */
const DRAIN_MS = 300;

export interface GatewayAddresses {
  readonly http: string;
  /** By the TLS port. */
  readonly https?: string;
  /** Where SIP is spoken, as host:port. */
  readonly sip: string;
  /** UDP addresses offered to browsers are these hosts with each worker's port. */
  readonly media: readonly string[];
  /** Ports of the embedded relay, by transport. */
  readonly turn?: RelayPorts;
  /** Health, metrics and calls, for the operator alone. */
  readonly admin?: string;
}

/** An address out in the network (RFC 5737), to ask the system's routes for the usual way there. */
const SOMEWHERE = '192.0.2.1';

const SPARE_LEGS = 64;

/** What was started, in order; stopped in reverse. Who starts something adds how it stops. */
type Stops = (() => void | Promise<void>)[];

/** What startParts gives: where the server is reached, and how its files are read again. */
interface Parts {
  readonly addresses: GatewayAddresses;
  readonly reload: () => Promise<void>;
  readonly running: () => RunningServer;
  readonly onMoved: (listener: () => void) => void;
}

/** The server: every part started, wired and stopped. */
export class Gateway {
  readonly addresses: GatewayAddresses;
  /** Reads again what may change while it runs: certificate, key and relay secrets. */
  readonly reload: () => Promise<void>;
  /** For commands that run beside this server: as it is now. */
  readonly running: () => RunningServer;
  /** `listener` is called when `running` says something else: a media worker was replaced, an address came or went. */
  readonly onMoved: (listener: () => void) => void;
  readonly #stops: Stops;
  #stopped: Promise<void> | undefined;

  private constructor({ addresses, reload, running, onMoved }: Parts, stops: Stops) {
    this.addresses = addresses;
    this.reload = reload;
    this.running = running;
    this.onMoved = onMoved;
    this.#stops = stops;
  }

  /** Starts everything, or nothing: on a fault what ran already is stopped again. */
  static async start(config: Config, log: Log): Promise<Result<Gateway>> {
    const stops: Stops = [];
    try {
      const started = await startParts(config, log, stops);
      if (started.ok) return ok(new Gateway(started.value, stops));
      await stopAll(stops);
      return err(started.error);
    } catch (error) {
      await stopAll(stops);
      throw error;
    }
  }

  /** Ends every call and closes every socket. Idempotent; resolves when all is closed. */
  async stop(): Promise<void> {
    this.#stopped ??= stopAll(this.#stops);
    await this.#stopped;
  }
}

async function stopAll(stops: Stops): Promise<void> {
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
}

async function startParts(config: Config, log: Log, stops: Stops): Promise<Result<Parts>> {
  const tokens = Tokens.fromConfig(config);
  if (!tokens.ok) return tokens;
  const certificate = await createCertificate(Date.now());
  const { hosts, advertisedAddresses: advertised } = config.media;
  const mediaAddresses = await MediaAddresses.plan({ hosts, advertised });
  if (mediaAddresses.mistake !== undefined) return err(mediaAddresses.mistake);
  const pool = await MediaPool.start({
    ...(config.media.workers === undefined ? {} : { workers: config.media.workers }),
    browserHosts: mediaAddresses.hosts,
    browserPort: config.media.port,
    sipHost: config.sip.host,
    sipPorts: config.sip.mediaPorts,
    certificate,
    opus: config.media.opus,
  });
  if (!pool.ok) return pool;
  stops.push(() => pool.value.close());
  mediaAddresses.follow(pool.value, (problem) => log.warn(faultFields(problem), 'media address'));
  stops.push(() => mediaAddresses.stop());

  const reflector = new Reflector(() => {
    const worker = pool.value.assign('relay-check');
    return {
      send: (command) => worker.send(command),
      onEvent: (listener) => worker.onEvent(listener),
      candidates: () => mediaAddresses.candidates(worker.sockets),
      get sockets() {
        return worker.sockets;
      },
    };
  });
  let sessionIce: SessionIce | undefined;
  const relays = startRelayHealth(config.turn, reflector, log, () => sessionIce?.serversChanged());
  stops.push(() => relays.close());

  const lines: LineRoute[] = [];
  if (config.lines.enabled) {
    const server = await LineServer.start(log);
    if (!server.ok) return server;
    stops.push(() => server.value.close());
    for (const { name } of LINES) lines.push({ name, uri: server.value.uriOf(name) });
  }

  // The agent and the hub speak to an engine that needs them both; events begin once all three stand.
  let engine: CallEngine | undefined;
  const publicAddress = await advertisedTowards(SOMEWHERE, config.sip);
  const agent = await UdpAgent.start({
    host: config.sip.host,
    port: config.sip.port,
    where: `sip.port ${config.sip.port}`,
    userAgent: `Earshot/${VERSION}`,
    advertise: ({ address }) =>
      configuredTowards(address, config.sip) ?? (isLoopback(address) ? '127.0.0.1' : publicAddress),
    // A call has at most two legs there, and some of the next are refused while these last.
    maxLegs: 2 * config.calls.maxCalls + SPARE_LEGS,
    onEvent: (event) => engine?.onSip(event),
  });
  if (!agent.ok) return agent;
  stops.push(() => agent.value.close());

  const { tls } = config.http;
  const certificates =
    tls === undefined ? undefined : await CertificateKeeper.open({ paths: tls, log, timeOfDay: Date.now });
  if (certificates?.ok === false) return certificates;
  certificates?.value.start();
  stops.push(() => certificates?.value.stop());

  // Sessions are told of the relay and of the TLS port, which begin later.
  let relay: RelayService | undefined;
  let secure: SecurePort | undefined;
  const ice = await startIce({
    config,
    log,
    relay: () => relay,
    tlsPort: () => secure?.advertisedPort,
    isUp: (url) => relays.state(url) === 'up',
  });
  if (!ice.ok) return ice;
  sessionIce = ice.value.sessions;
  stops.push(() => ice.value.stop());

  const hub = new SessionHub({
    tokens: tokens.value,
    allowedOrigins: config.http.allowedOrigins,
    graceMs: config.calls.graceSeconds * 1000,
    log,
    ice: ice.value.sessions,
    events: {
      message: (session, message) => engine?.onMessage(session, message),
      attached: (session, attached) => engine?.onAttached(session, attached),
      ended: (session, why) => {
        log.debug(why === undefined ? {} : faultFields(why), 'session ended');
        engine?.onSessionEnded(session);
      },
    },
  });

  const registry = new Registry();
  const timelines = new Timelines({
    store: new RecentCalls(),
    listener: new CallMetrics(registry),
    knows: (tag) => hub.sessionByTag(tag) !== undefined,
  });
  stops.push(() => timelines.close());

  if (config.turn.enabled) {
    const started = await TurnService.start({
      config: config.turn,
      log,
      media: mediaAddresses.list,
      secrets: ice.value.secrets?.accepted ?? [],
      ...(certificates === undefined ? {} : { certificate: certificates.value.current }),
      onEvent: (event, tag, at) => timelines.relay(event, tag, at),
    });
    if (!started.ok) return started;
    relay = started.value;
    stops.push(() => started.value.close());
    mediaAddresses.onChange(() => started.value.setMedia(mediaAddresses.list));
    certificates?.value.onChange((renewed) => started.value.setCertificate(renewed));
  }

  const { fingerprint } = loadCertificate(certificate);
  const calls = new CallEngine({
    config,
    agent: agent.value,
    log,
    routes: routeTable(config, lines),
    inboundRoutes: lineRoutes(lines),
    waiting: (name) => hub.waiting(name),
    ownHosts: [publicAddress, '127.0.0.1'],
    timelines,
    assignMedia: (callId): MediaPort => {
      const worker = pool.value.assign(callId);
      worker.onEvent((event) => calls.onMedia(event));
      return {
        fingerprint: { algorithm: 'sha-256', value: fingerprint },
        get candidates() {
          return mediaAddresses.candidates(worker.sockets);
        },
        send: (command) => worker.send(command),
      };
    },
  });
  engine = calls;
  mediaAddresses.onChange(() => {
    log.info({ media: mediaAddresses.list }, 'media addresses changed');
    calls.onMediaMoved();
  });

  const http = await startHttp({
    host: config.http.host,
    port: config.http.port,
    log,
    page: config.page.enabled,
    routes: (app) => {
      app.get('/healthz', async () => ({ ok: true, calls: calls.size, sessions: hub.size }));
      if (!config.page.enabled) return;
      pageRoutes(app, {
        tokens: tokens.value,
        tokenSeconds: config.auth.pageTokenSeconds,
        mayCall: config.page.mayCall ?? defaultMayCall(config, lines),
        mayReceive: config.page.mayReceive,
        destinations: shownDestinations(config),
        wsPath: WEBSOCKET_PATH,
        addressOf: (name) => `sip:${name}@${formatAddress({ address: publicAddress, port: agent.value.local.port })}`,
      });
    },
  });
  if (!http.ok) return http;
  hub.listen(http.value.app.server);
  stops.push(async () => {
    calls.stop();
    hub.close();
    await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    hub.terminate();
    await http.value.close();
    await secure?.close();
  });
  if (tls !== undefined && certificates !== undefined) {
    const opened = await startSecure({
      tls,
      certificates: certificates.value,
      log,
      http: http.value.app.server,
      onTurnStream: (stream, remote) => {
        if (relay === undefined) stream.destroy();
        else relay.acceptStream(stream, remote, 'tls');
      },
    });
    if (!opened.ok) return opened;
    secure = opened.value;
  }
  let admin: AdminServer | undefined;
  if (config.admin.enabled) {
    const started = await startAdmin({
      ...config.admin,
      log,
      version: VERSION,
      registry,
      timelines,
      timeOfDay: Date.now,
      figures: {
        workers: () => ({
          running: pool.value.sockets.filter((sockets) => sockets.length > 0).length,
          configured: pool.value.sockets.length,
        }),
        sessions: () => hub.size,
        calls: () => calls.size,
        ...(config.turn.enabled
          ? { relay: () => (relay === undefined ? undefined : { ports: relay.ports, counters: relay.counters() }) }
          : {}),
        credentials: () => ({
          issued: ice.value.sessions.issued,
          ...(ice.value.secrets === undefined ? {} : { secretMadeAt: ice.value.secrets.madeAt }),
        }),
        externalRelays: () => relays.figures(),
        ...(certificates === undefined ? {} : { certificate: () => certificates.value.current }),
      },
    });
    if (!started.ok) return started;
    admin = started.value;
    stops.push(() => started.value.close());
  }
  const startedAt = Date.now();
  const running = (): RunningServer => {
    const { target } = reflector;
    return {
      version: 1,
      pid: process.pid,
      startedAt,
      http: { host: config.http.host, port: http.value.port },
      ...(tls === undefined || secure === undefined ? {} : { tls: { host: tls.host, port: secure.port } }),
      sip: { host: agent.value.local.address, port: agent.value.local.port },
      media: {
        addresses: publicHosts(mediaAddresses),
        ports: [...new Set(pool.value.sockets.flatMap((sockets) => sockets.map(({ port }) => port)))],
      },
      ...(relay === undefined ? {} : { turn: relay.ports }),
      ...(admin === undefined ? {} : { admin: { host: config.admin.host, port: admin.port } }),
      ...(target === undefined
        ? {}
        : { check: { ...target.ice, addresses: [...target.addresses], local: [...target.local] } }),
    };
  };
  return ok({
    running,
    onMoved: (listener) => void mediaAddresses.onChange(listener),
    addresses: describeAddresses(config, http.value, secure, agent.value, publicHosts(mediaAddresses), relay, admin),
    reload: async () => {
      ice.value.reload();
      await certificates?.value.reload();
    },
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

const publicHosts = ({ list }: MediaAddresses): string[] => [...new Set(list.map((each) => each.public))];

function describeAddresses(
  config: Config,
  http: HttpServer,
  secure: SecurePort | undefined,
  agent: UdpAgent,
  media: readonly string[],
  relay: RelayService | undefined,
  admin: AdminServer | undefined,
): GatewayAddresses {
  const url = (scheme: string, host: string, port: number): string => {
    const address = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
    return `${scheme}://${formatAddress({ address, port })}`;
  };
  return {
    http: url('http', config.http.host, http.port),
    ...(secure === undefined ? {} : { https: url('https', config.http.tls?.host ?? '::', secure.port) }),
    sip: formatAddress(agent.local),
    media,
    ...(relay === undefined ? {} : { turn: relay.ports }),
    ...(admin === undefined ? {} : { admin: admin.url }),
  };
}
