import type { Server } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { type Fault, ok, type Result } from '@earshot/base';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/schema.js';
import { faultFields, type Log } from '../log.js';
import type { CertificateKeeper } from './certificate-keeper.js';
import { type SecureOptions, type SecurePort, startSecure } from './secure.js';
import { type HttpServer, startHttp } from './server.js';

/** What of the configuration a front is made of, and takes up anew. */
export type FrontSettings = Pick<Config, 'http' | 'page'>;

export interface FrontOptions {
  readonly log: Log;
  /** Where there is one, a TLS port is opened besides. */
  readonly certificates: CertificateKeeper | undefined;
  readonly routes: (app: FastifyInstance, settings: FrontSettings) => void;
  /** A server stands, and wants its WebSockets. */
  readonly onServer: (server: Server, settings: FrontSettings) => void;
  /** Ends every WebSocket, without a word. */
  readonly dropSockets: () => void;
  readonly onTurnStream: SecureOptions['onTurnStream'];
}

/**
 * The ports that browsers come by, and what is served there. It can be started anew while sessions, calls and media stay:
 * browsers connect again and go on. The TLS port stays open meanwhile unless it is another one, since relayed media goes
 * through it, and who comes in between waits.
 */
export class Front {
  readonly #options: FrontOptions;
  #settings: FrontSettings;
  #http: HttpServer;
  /** Where it listens by these settings: the system may have chosen. */
  #port: number;
  #secure: SecurePort | undefined;
  /** Came by the TLS port while nothing was served. */
  #held: TLSSocket[] | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: FrontOptions, settings: FrontSettings, http: HttpServer) {
    this.#options = options;
    this.#settings = settings;
    this.#http = http;
    this.#port = http.port;
  }

  /** Faults: `server.port_in_use`, `server.address_unavailable`, `server.not_built`. */
  static async start(options: FrontOptions, settings: FrontSettings): Promise<Result<Front>> {
    const http = await openHttp(options, settings, settings.http.port);
    if (!http.ok) return http;
    const front = new Front(options, settings, http.value);
    const secure = await front.#openSecure(settings);
    if (!secure.ok) {
      await http.value.close();
      return secure;
    }
    front.#secure = secure.value;
    // Now that both ports are open: sessions are told of the TLS port, and for hours not again.
    options.onServer(http.value.app.server, settings);
    return ok(front);
  }

  get http(): HttpServer {
    return this.#http;
  }

  /** Undefined without `http.tls`. */
  get secure(): SecurePort | undefined {
    return this.#secure;
  }

  /**
   * Takes other settings up, where they differ from those so far: every connection is dropped. True when that was done.
   * Where it fails the settings so far are in force again, and the log says why.
   */
  restart(wanted: FrontSettings): Promise<boolean> {
    const done = this.#turn.then(() => this.#restart(wanted));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#http.close();
    await this.#secure?.close();
  }

  async #restart(wanted: FrontSettings): Promise<boolean> {
    const { log } = this.#options;
    const before = this.#settings;
    const next = this.#withOwnCertificate(wanted);
    if (isDeepStrictEqual(next, before)) return false;
    const failed = await this.#replace(next);
    if (failed === undefined) {
      log.info({ port: this.#http.port, tlsPort: this.#secure?.port }, 'the front was started anew');
      return true;
    }
    log.error(faultFields(failed), 'the front goes on with the settings that it had');
    const lost = await this.#replace(before);
    if (lost !== undefined) log.error(faultFields(lost), 'nothing is served: the port was lost meanwhile');
    return false;
  }

  /** Whether there is TLS, and by which files, is of the whole server: its relay has the same certificate. */
  #withOwnCertificate(wanted: FrontSettings): FrontSettings {
    const { tls: own } = this.#settings.http;
    const { tls } = wanted.http;
    if (own?.certificate !== tls?.certificate || own?.key !== tls?.key) {
      this.#options.log.warn(
        'whether there is TLS, and the names of its files, are taken up when the server is started',
      );
    }
    const kept = own === undefined ? undefined : { ...(tls ?? own), certificate: own.certificate, key: own.key };
    const { tls: _replaced, ...http } = wanted.http;
    return { page: wanted.page, http: kept === undefined ? http : { ...http, tls: kept } };
  }

  /** Undefined: it stands. */
  async #replace(next: FrontSettings): Promise<Fault | undefined> {
    const { onServer, dropSockets } = this.#options;
    const before = this.#settings.http;
    this.#held ??= [];
    dropSockets();
    await this.#http.close();
    // A port that the system chose is kept.
    const isSame = before.port === next.http.port && before.host === next.http.host;
    const http = await openHttp(this.#options, next, isSame ? this.#port : next.http.port);
    if (!http.ok) return http.error;
    this.#http = http.value;
    if (!isDeepStrictEqual(before.tls, next.http.tls)) {
      const secure = await this.#openSecure(next);
      if (!secure.ok) return secure.error;
      await this.#secure?.close();
      this.#secure = secure.value;
    }
    this.#settings = next;
    this.#port = http.value.port;
    onServer(http.value.app.server, next);
    const held = this.#held;
    this.#held = undefined;
    for (const socket of held) http.value.app.server.emit('connection', socket);
    return undefined;
  }

  async #openSecure({ http: { tls } }: FrontSettings): Promise<Result<SecurePort | undefined>> {
    const { certificates, log, onTurnStream } = this.#options;
    if (tls === undefined || certificates === undefined) return ok(undefined);
    return await startSecure({ tls, certificates, log, onTurnStream, onHttp: (socket) => this.#take(socket) });
  }

  #take(socket: TLSSocket): void {
    // A server takes connections that others accepted, as documented for its event.
    if (this.#held === undefined) this.#http.app.server.emit('connection', socket);
    else this.#held.push(socket);
  }
}

const openHttp = ({ log, routes }: FrontOptions, settings: FrontSettings, port: number): Promise<Result<HttpServer>> =>
  startHttp({
    host: settings.http.host,
    port,
    log,
    page: settings.page.enabled,
    routes: (app) => routes(app, settings),
  });
