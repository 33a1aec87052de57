import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { ERRORS, err, type Fault, fault, ok, type Result } from '@earshot/base';
import fastifyStatic from '@fastify/static';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { Log } from '../log.js';
import { bindFault } from '../net/bind.js';
import { listenOn } from '../net/listen.js';

const PAGE_DIR = fileURLToPath(new URL('../../../console/dist/page/', import.meta.url));

/** Nothing but our own files, and our own WebSocket; sound of a call plays from a MediaStream, which needs no source. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; media-src 'self' blob: mediastream:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** Browsers that were here by TLS once come by nothing else for a year (RFC 6797). */
const HSTS = 'max-age=31536000';

/** A request that takes longer to arrive is held open on purpose. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Whether a request came by the TLS port. */
export const isEncrypted = ({ socket }: IncomingMessage): boolean => socket instanceof TLSSocket;

export interface HttpServer {
  readonly app: FastifyInstance;
  /** Where it listens: as configured, or 0.0.0.0 for "::" where there is no IPv6. */
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A fault as the body of an HTTP answer: code, plain words, next step, particulars. */
export const faultBody = (failure: Fault): Fault & { what: string; next: string } => ({
  ...failure,
  what: ERRORS[failure.code].what,
  next: ERRORS[failure.code].next,
});

export function sendFault(reply: FastifyReply, status: number, failure: Fault): FastifyReply {
  return reply.code(status).send(faultBody(failure));
}

export interface HttpOptions {
  /** "::" stands for every address, IPv4 and IPv6. */
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  /** Serve the built-in page at "/". */
  readonly page: boolean;
  /** Adds the API routes before listening. */
  readonly routes: (app: FastifyInstance) => void;
}

export async function startHttp({ host, port, log, page, routes }: HttpOptions): Promise<Result<HttpServer>> {
  if (page && !existsSync(PAGE_DIR)) return err(fault('server.not_built', undefined, 'apps/console'));
  const app = fastify({
    logger: false,
    bodyLimit: 65_536,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
  });
  app.addHook('onSend', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (isEncrypted(request.raw)) reply.header('strict-transport-security', HSTS);
  });
  app.setNotFoundHandler((_request, reply) => sendFault(reply, 404, fault('http.not_found')));
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return sendFault(reply, status, fault('http.bad_request', error.message));
    log.error({ err: error, code: 'internal.bug' }, 'request failed');
    return sendFault(reply, 500, fault('internal.bug'));
  });
  if (page) app.register(fastifyStatic, { root: PAGE_DIR, cacheControl: false, index: 'index.html' });
  routes(app);
  let boundHost: string;
  try {
    boundHost = await listenOn(host, (each) => app.listen({ host: each, port }));
  } catch (error) {
    return err(bindFault(error, `http.port ${port}`));
  }
  // One connection that could not be accepted, for want of file descriptors for example: the next may.
  app.server.on('error', (error) => log.warn({ err: error }, 'a connection could not be accepted'));
  const bound = app.server.address() as AddressInfo;
  return ok({ app, host: boundHost, port: bound.port, close: () => app.close() });
}
