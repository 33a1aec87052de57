import { fault, randomId } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import type { FastifyInstance } from 'fastify';
import type { Tokens } from '../auth/tokens.js';
import { networkOf } from '../net/remote.js';
import { RateLimits } from '../sessions/rate.js';
import { isEncrypted, sendFault } from './server.js';

/** A destination shown as a button. */
export interface Destination {
  readonly name: string;
  readonly title: string;
  readonly description: string;
}

/** Answer of GET /api/page: all the built-in page needs to open a session. */
export interface PageInfo {
  readonly token: string;
  readonly identity: string;
  /** Where phones reach this page while it waits for calls; absent when it may not receive any. */
  readonly address?: string;
  readonly mayCall: readonly Destination[];
  readonly wsPath: string;
}

export interface PageOptions {
  readonly tokens: Tokens;
  readonly tokenSeconds: number;
  readonly mayCall: readonly string[];
  readonly mayReceive: boolean;
  readonly destinations: readonly Destination[];
  readonly wsPath: string;
  /** The SIP address of a name, for phones to call. */
  readonly addressOf: (name: string) => string;
}

const COOKIE = 'earshot-guest';
const COOKIE_PATTERN = /(?:^|;\s*)earshot-guest=([A-Za-z0-9_-]{22})(?:;|$)/;
const KEY_LENGTH = 22;
const TOKENS_PER_SECOND = 2;
const TOKENS_AT_ONCE = 30;

/** GET /api/page: a short-lived token for a guest. A cookie keeps the key to its name, so that phones find it again. */
export function pageRoutes(app: FastifyInstance, options: PageOptions): void {
  const limits = new RateLimits(TOKENS_PER_SECOND, TOKENS_AT_ONCE);
  app.get('/api/page', async (request, reply) => {
    if (!limits.take(networkOf(request.ip), Date.now())) return sendFault(reply, 429, fault('http.rate_limited'));
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      return sendFault(reply, 403, fault('signaling.foreign_origin'));
    }
    const kept = COOKIE_PATTERN.exec(request.headers.cookie ?? '')?.[1];
    const key = kept ?? randomId(nodeCrypto.randomBytes, KEY_LENGTH);
    const { mayCall, mayReceive, tokens } = options;
    const name = tokens.guestName(key);
    const info: PageInfo = {
      token: await tokens.sign({ name, mayCall, mayReceive }, options.tokenSeconds, Date.now()),
      identity: name,
      ...(mayReceive ? { address: options.addressOf(name) } : {}),
      mayCall: options.destinations,
      wsPath: options.wsPath,
    };
    reply.header('cache-control', 'no-store');
    const secure = isEncrypted(request.raw) ? '; Secure' : '';
    reply.header('set-cookie', `${COOKIE}=${key}; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict${secure}`);
    return info;
  });
}
