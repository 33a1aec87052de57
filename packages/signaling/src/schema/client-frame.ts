import { z } from 'zod';
import type { ClientFrame } from '../frames.js';
import type { CallReport, ClientMessage } from '../messages.js';
import { LIMITS } from '../protocol.js';
import { browserEvent, browserSample } from './browser-event.js';
import { callId, count, cumulative, descriptionKind, faultSchema, sdp, sequence, text } from './common.js';

const report = z.strictObject({
  microphoneMs: count.exactOptional(),
  offerMs: count.exactOptional(),
  answerMs: count.exactOptional(),
  mediaPathMs: count.exactOptional(),
  firstAudioMs: count.exactOptional(),
  codec: text().exactOptional(),
  candidateType: text().exactOptional(),
  protocol: text().exactOptional(),
  roundTripMs: count.exactOptional(),
  fault: faultSchema.exactOptional(),
}) satisfies z.ZodType<CallReport>;

export const clientMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('call.start'),
    callId,
    to: text(LIMITS.addressLength),
    sdp,
    displayName: text().exactOptional(),
  }),
  z.strictObject({ type: z.literal('call.accept'), callId, sdp }),
  z.strictObject({ type: z.literal('call.reject'), callId, reason: z.enum(['busy', 'declined']).exactOptional() }),
  z.strictObject({ type: z.literal('call.hangup'), callId }),
  z.strictObject({
    type: z.literal('call.description'),
    callId,
    kind: descriptionKind,
    sdp,
    abandons: z.boolean().exactOptional(),
  }),
  z.strictObject({ type: z.literal('call.receiving'), callId }),
  z.strictObject({ type: z.literal('call.report'), callId, report }),
  z.strictObject({
    type: z.literal('call.evidence'),
    callId,
    events: z.array(browserEvent).max(LIMITS.evidence),
    samples: z.array(browserSample).max(LIMITS.samples).exactOptional(),
    sentMs: count.exactOptional(),
  }),
  z.strictObject({
    type: z.literal('call.abandoned'),
    callId,
    to: text(LIMITS.addressLength),
    fault: faultSchema.exactOptional(),
  }),
  z.strictObject({ type: z.literal('presence.set'), available: z.boolean(), visible: z.boolean().exactOptional() }),
  z.strictObject({ type: z.literal('call.rejoin'), callId, sdp }),
  z.strictObject({ type: z.literal('call.restarted'), callId, sdp, abandons: z.boolean().exactOptional() }),
  z.strictObject({ type: z.literal('call.fallback'), callId, number: text(64).exactOptional() }),
  z.strictObject({ type: z.literal('call.callback'), callId, number: text(64).exactOptional() }),
]) satisfies z.ZodType<ClientMessage>;

export const clientFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    // An empty one is a missing token, which has a name of its own.
    token: z.string().max(LIMITS.tokenLength),
    resume: z
      .strictObject({ sessionId: text(), received: cumulative, afresh: z.boolean().exactOptional() })
      .exactOptional(),
    client: text().exactOptional(),
    region: text(64).exactOptional(),
  }),
  z.strictObject({ type: z.literal('message'), seq: sequence, ack: cumulative, message: clientMessageSchema }),
  z.strictObject({ type: z.literal('ack'), ack: cumulative }),
  z.strictObject({ type: z.literal('ping') }),
  z.strictObject({ type: z.literal('pong') }),
  z.strictObject({ type: z.literal('leaving') }),
  z.strictObject({ type: z.literal('bye') }),
]) satisfies z.ZodType<ClientFrame>;
