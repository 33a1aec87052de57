import { fault } from '@earshot/base';
import { type ClientMessage, LIMITS } from '@earshot/signaling';
import { browserEvent, browserSample, callId, count } from '@earshot/signaling/schema';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Tokens } from '../auth/tokens.js';
import { networkOf } from '../net/remote.js';
import { RateLimits } from '../sessions/rate.js';
import type { BrowserSession } from '../sessions/session.js';
import { isAllowedOrigin } from './origin.js';
import { isEncrypted, sendFault } from './server.js';

export interface EvidenceOptions {
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly allowedOrigins: readonly string[];
  /** By its secret id; also one that ended a moment ago. */
  readonly session: (id: string) => BrowserSession | undefined;
  readonly onEvidence: (session: BrowserSession, evidence: EvidenceMessage) => void;
}

type EvidenceMessage = Extract<ClientMessage, { readonly type: 'call.evidence' }>;

/** A page that goes says all it has in one letter, however many messages that would have been. */
const MAX_SAMPLES = 600;
const MAX_BYTES = 65_536;
/** For each network: many pages of an office may go at once. */
const LETTERS_PER_SECOND = 5;
const LETTERS_AT_ONCE = 100;

const letterSchema = z.strictObject({
  token: z.string().max(LIMITS.tokenLength),
  sessionId: z.string().min(1).max(LIMITS.textLength),
  callId,
  events: z.array(browserEvent).max(LIMITS.evidenceOfCall),
  samples: z.array(browserSample).max(MAX_SAMPLES).exactOptional(),
  sentMs: count.exactOptional(),
});

/** POST /api/evidence: what a page has left to say of a call when it goes and its socket with it. */
export function evidenceRoutes(app: FastifyInstance, options: EvidenceOptions): void {
  const limits = new RateLimits(LETTERS_PER_SECOND, LETTERS_AT_ONCE);
  app.post('/api/evidence', { bodyLimit: MAX_BYTES }, async (request, reply) => {
    const { origin, host } = request.headers;
    if (!isAllowedOrigin(origin, { host, secure: isEncrypted(request.raw) }, options.allowedOrigins)) {
      return sendFault(reply, 403, fault('signaling.foreign_origin'));
    }
    reply.header('access-control-allow-origin', origin).header('vary', 'origin');
    if (!limits.take(networkOf(request.ip), Date.now())) return sendFault(reply, 429, fault('http.rate_limited'));
    const letter = letterSchema.safeParse(readJson(request.body));
    if (!letter.success) {
      const issue = letter.error.issues[0];
      return sendFault(reply, 400, fault('http.bad_request', issue?.message, issue?.path.join('.')));
    }
    const { token, sessionId, ...evidence } = letter.data;
    // The session lives, so that its browser was let in: here the token only proves whose it is, expired or not.
    const identity = await options.tokens.verify(token, 0);
    if (!identity.ok) return sendFault(reply, 401, identity.error);
    const session = options.session(sessionId);
    if (session?.identity.name !== identity.value.name) return sendFault(reply, 404, fault('call.unknown'));
    options.onEvidence(session, { type: 'call.evidence', ...evidence });
    return reply.code(204).send();
  });
}

/** Sent as text, which a page may send anywhere without asking first. */
function readJson(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
