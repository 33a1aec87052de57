import type { BrowserEvent, CandidateFacts } from '@earshot/telemetry';
import { z } from 'zod';
import { LIMITS } from '../protocol.js';
import { count, text } from './common.js';

const port = z.int().min(0).max(65_535);

const candidate = z.strictObject({
  type: z.enum(['host', 'srflx', 'prflx', 'relay']),
  protocol: z.enum(['udp', 'tcp']),
  address: text().exactOptional(),
  port: port.exactOptional(),
  relayProtocol: z.enum(['udp', 'tcp', 'tls']).exactOptional(),
  url: text(LIMITS.addressLength).exactOptional(),
}) satisfies z.ZodType<CandidateFacts>;

export const browserEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('ice.gathering'),
    atMs: count,
    state: z.enum(['new', 'gathering', 'complete']),
  }),
  z.strictObject({ type: z.literal('ice.candidate'), atMs: count, candidate }),
  z.strictObject({
    type: z.literal('ice.candidate_error'),
    atMs: count,
    url: text(LIMITS.addressLength),
    errorCode: z.int().min(0).max(999),
    errorText: text().exactOptional(),
    address: text().exactOptional(),
  }),
  z.strictObject({
    type: z.literal('ice.connection'),
    atMs: count,
    state: z.enum(['new', 'connecting', 'connected', 'disconnected', 'failed', 'closed']),
  }),
  z.strictObject({
    type: z.literal('ice.pair'),
    atMs: count,
    local: candidate,
    remote: candidate,
    roundTripMs: count.exactOptional(),
  }),
  z.strictObject({
    type: z.literal('ice.attempt'),
    atMs: count,
    policy: z.enum(['all', 'relay']),
    reason: z.enum(['start', 'media-lost', 'asked', 'credentials', 'relay-only']),
  }),
]) satisfies z.ZodType<BrowserEvent>;
