import { z } from 'zod';
import type { IceSettings, ServerFrame } from '../frames.js';
import type { LegFigures, ServerMessage } from '../messages.js';
import { LIMITS } from '../protocol.js';
import { callId, callState, count, cumulative, descriptionKind, faultSchema, sdp, sequence, text } from './common.js';

const figures = z.strictObject({
  codec: text().exactOptional(),
  packetsReceived: count,
  packetsSent: count,
  packetsLost: z.number(),
  jitterMs: count,
  roundTripMs: count.exactOptional(),
}) satisfies z.ZodType<LegFigures>;

const mos = z.number().min(1).max(5);

const party = z.strictObject({ uri: text(LIMITS.addressLength), displayName: text().exactOptional() });

const iceServer = z.strictObject({
  urls: z.array(text(LIMITS.addressLength)).min(1).max(8),
  username: text().exactOptional(),
  credential: text().exactOptional(),
});

const icePolicy = z.enum(['all', 'relay', 'auto']);

const iceSettings = z.strictObject({
  servers: z.array(iceServer).max(8),
  policy: icePolicy,
  policies: z.array(z.strictObject({ match: text(LIMITS.addressLength), policy: icePolicy })).max(256),
  expiresInMs: count.exactOptional(),
}) satisfies z.ZodType<IceSettings>;

export const serverMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call.answer'), callId, sdp }),
  z.strictObject({
    type: z.literal('call.incoming'),
    callId,
    from: party,
    sdp,
  }),
  z.strictObject({ type: z.literal('call.description'), callId, kind: descriptionKind, sdp }),
  z.strictObject({
    type: z.literal('call.state'),
    callId,
    state: callState,
    at: z.number(),
    waitingFor: z
      .array(z.enum(['up', 'down']))
      .max(2)
      .exactOptional(),
    givesUpInMs: count.exactOptional(),
  }),
  z.strictObject({
    type: z.literal('call.dtmf'),
    callId,
    digit: z.string().regex(/^[0-9A-D*#]$/),
    durationMs: count,
  }),
  z.strictObject({
    type: z.literal('call.ended'),
    callId,
    result: z.enum(['completed', 'cancelled', 'busy', 'declined', 'unanswered', 'failed']),
    by: z.enum(['browser', 'far-end', 'gateway']),
    fault: faultSchema.exactOptional(),
  }),
  z.strictObject({
    type: z.literal('call.refused'),
    callId,
    request: z.enum([
      'call.start',
      'call.accept',
      'call.reject',
      'call.hangup',
      'call.description',
      'call.receiving',
      'call.report',
      'call.evidence',
      'call.rejoin',
      'call.restarted',
      'call.fallback',
      'call.callback',
      'presence.set',
    ]),
    fault: faultSchema,
  }),
  z.strictObject({ type: z.literal('session.ice'), ice: iceSettings, replaces: z.boolean().exactOptional() }),
  z.strictObject({
    type: z.literal('call.stats'),
    callId,
    far: figures,
    near: figures.exactOptional(),
    quality: z
      .strictObject({
        up: mos.exactOptional(),
        down: mos.exactOptional(),
        level: z.enum(['good', 'fair', 'poor', 'bad']),
      })
      .exactOptional(),
    sending: z.strictObject({ bitrate: count, ptimeMs: count, red: z.boolean() }).exactOptional(),
  }),
  z.strictObject({ type: z.literal('call.spare'), callId, ufrag: text(), pwd: text() }),
  z.strictObject({
    type: z.literal('call.callback'),
    callId,
    state: z.enum(['calling', 'ringing', 'joined', 'failed', 'cancelled']),
    fault: faultSchema.exactOptional(),
  }),
]) satisfies z.ZodType<ServerMessage>;

export const serverFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('welcome'),
    sessionId: text(),
    resumed: z.boolean(),
    received: cumulative,
    heartbeatMs: z.int().min(1),
    graceMs: z.int().min(0),
    identity: z.strictObject({ subject: text(), displayName: text().exactOptional() }),
    mayCall: z.array(text(LIMITS.addressLength)).max(256),
    ice: iceSettings,
    fallback: z
      .strictObject({
        callBack: z.boolean(),
        callBackAfterMs: count.exactOptional(),
        messageUrl: text(LIMITS.addressLength).exactOptional(),
      })
      .exactOptional(),
    calls: z
      .array(
        z.strictObject({
          callId,
          direction: z.enum(['outgoing', 'incoming']),
          remote: party,
          state: callState,
          connectedForMs: count.exactOptional(),
          sdp: sdp.exactOptional(),
        }),
      )
      .max(16)
      .exactOptional(),
  }),
  z.strictObject({ type: z.literal('message'), seq: sequence, ack: cumulative, message: serverMessageSchema }),
  z.strictObject({ type: z.literal('ack'), ack: cumulative }),
  z.strictObject({ type: z.literal('ping') }),
  z.strictObject({ type: z.literal('pong') }),
  z.strictObject({ type: z.literal('error'), fault: faultSchema }),
  z.strictObject({ type: z.literal('bye') }),
]) satisfies z.ZodType<ServerFrame>;
