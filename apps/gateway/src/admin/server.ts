import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import { type CallState, err, fault, type Millis, ok, type Result } from '@earshot/base';
import { fastify } from 'fastify';
import type { Registry } from 'prom-client';
import { faultBody, sendFault } from '../http/server.js';
import type { Log } from '../log.js';
import { isLoopback } from '../net/addresses.js';
import { bindFault } from '../net/bind.js';
import { apiRoutes } from './api-routes.js';
import type { GatewayFigures } from './figures.js';
import { healthOf, statusCodeOf } from './health.js';
import { registerParts } from './metrics/part-metrics.js';
import { registerProcess } from './metrics/process-metrics.js';
import type { OperatorCalls } from './operator-calls.js';
import { PAGE_HEADERS, pageRoutes } from './pages.js';
import { adminUrl } from './url.js';

/** What is no page, and no page of elsewhere may have any of it. */
const API_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

const REQUEST_TIMEOUT_MS = 10_000;
/** Of a path: the key of a call has its start and its id, which is up to 128 characters. */
const MAX_PARAM_LENGTH = 160;

export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  readonly version: string;
  readonly figures: GatewayFigures;
  readonly calls: OperatorCalls;
  /** How many calls are in each state now. */
  readonly states: () => ReadonlyMap<CallState, number>;
  /** The folder of the operators' pages, served at "/". */
  readonly pages?: string;
  /** Where `CallMetrics` counts already. */
  readonly registry: Registry;
  readonly timeOfDay: () => Millis;
}

export interface AdminServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Health, metrics, calls and the pages that show them, for the operator alone: on an address of its own, by default one
 * that only this machine reaches. Faults: server.port_in_use, server.address_unavailable, server.not_built.
 */
export async function startAdmin(options: AdminOptions): Promise<Result<AdminServer>> {
  const { host, port, log, version, figures, calls, states, registry, timeOfDay } = options;
  registerParts({ registry, figures, states, timeOfDay });
  const stopMeasuring = registerProcess(registry);
  const startedAt = new Date(timeOfDay()).toISOString();
  const app = fastify({
    logger: false,
    bodyLimit: 1_024,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  });
  app.addHook('onRequest', async (request, reply) => {
    const isApi = /^\/(?:api\/|metrics|healthz)/.test(request.url);
    reply.headers(isApi ? API_HEADERS : PAGE_HEADERS);
    const { host: named } = request.headers;
    // A link to a page may stand anywhere; it shows nothing to where it stands.
    const isLink = !isApi && request.headers['sec-fetch-mode'] === 'navigate';
    const isForeign = request.headers['sec-fetch-site'] === 'cross-site' && !isLink;
    if (isForeign || !isOwnName(named, host)) return sendFault(reply, 403, fault('http.foreign_host'));
  });
  app.setNotFoundHandler((_request, reply) => sendFault(reply, 404, fault('http.not_found')));
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return sendFault(reply, status, fault('http.bad_request', error.message));
    log.error({ err: error, code: 'internal.bug' }, 'admin request failed');
    return reply.code(500).send(faultBody(fault('internal.bug')));
  });
  app.get('/healthz', async (_request, reply) => {
    const health = healthOf(figures, timeOfDay());
    return reply.code(statusCodeOf(health)).send({ ...health, version, startedAt });
  });
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  apiRoutes(app, { calls, timeOfDay });
  const served = options.pages === undefined ? ok(undefined) : pageRoutes(app, options.pages);
  if (!served.ok) {
    stopMeasuring();
    await app.close();
    return served;
  }
  try {
    await app.listen({ host, port });
  } catch (error) {
    stopMeasuring();
    await app.close();
    return err(bindFault(error, `admin.port ${port}`));
  }
  if (!isLoopback(host)) log.warn({ host }, 'health, metrics and calls are open to whoever reaches this address');
  const bound = app.server.address() as AddressInfo;
  return ok({
    port: bound.port,
    url: adminUrl({ host, port: bound.port }),
    async close() {
      stopMeasuring();
      await app.close();
    },
  });
}

/**
 * Whether a Host header names this listener by an address. A name that somebody else can point here, for their page to
 * read calls by (DNS rebinding), is none of ours.
 */
export function isOwnName(header: string | undefined, configured: string): boolean {
  const [, bracketed, plain] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::\d{1,5})?$/.exec(header ?? '') ?? [];
  const name = (bracketed ?? plain ?? '').toLowerCase();
  return isIP(name) !== 0 || name === 'localhost' || (name !== '' && name === configured.toLowerCase());
}
