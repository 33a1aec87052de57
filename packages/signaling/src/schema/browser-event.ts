import { type ErrorCode, isErrorCode } from '@earshot/base';
import type {
  AudioSection,
  BrowserEvent,
  BrowserFacts,
  BrowserSample,
  CandidateFacts,
  NetworkFacts,
} from '@earshot/telemetry';
import { z } from 'zod';
import { LIMITS } from '../protocol.js';
import { callState, count, text } from './common.js';

const port = z.int().min(0).max(65_535);
const errorCode = z.custom<ErrorCode>((value) => typeof value === 'string' && isErrorCode(value));
const flag = z.boolean().exactOptional();
const figure = z.number().exactOptional();

const candidate = z.strictObject({
  type: z.enum(['host', 'srflx', 'prflx', 'relay']),
  protocol: z.enum(['udp', 'tcp']),
  address: text().exactOptional(),
  port: port.exactOptional(),
  relayProtocol: z.enum(['udp', 'tcp', 'tls']).exactOptional(),
  url: text(LIMITS.addressLength).exactOptional(),
}) satisfies z.ZodType<CandidateFacts>;

const browser = z.strictObject({
  name: text(64),
  version: text(32),
  os: text(64).exactOptional(),
  mobile: flag,
}) satisfies z.ZodType<BrowserFacts>;

const network = z.strictObject({
  online: z.boolean(),
  type: text(32).exactOptional(),
  effectiveType: text(32).exactOptional(),
}) satisfies z.ZodType<NetworkFacts>;

const audio = z.strictObject({
  direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']),
  codecs: z.array(text(64)).max(32),
  telephoneEvents: z.boolean(),
  address: text().exactOptional(),
  port: port.exactOptional(),
  setup: z.enum(['actpass', 'active', 'passive', 'holdconn']).exactOptional(),
  packetMs: count.exactOptional(),
}) satisfies z.ZodType<AudioSection>;

const side = z.enum(['local', 'remote']);
const event = <Type extends string, Shape extends z.core.$ZodLooseShape>(type: Type, shape: Shape) =>
  z.strictObject({ type: z.literal(type), atMs: count, ...shape });

export const browserEvent = z.discriminatedUnion('type', [
  event('client.info', {
    browser,
    sdk: text(64),
    clock: count.exactOptional(),
    network: network.exactOptional(),
  }),
  event('client.network', { network }),
  event('client.lifecycle', {
    state: z.enum(['visible', 'hidden', 'frozen', 'thawed', 'leaving', 'restored', 'taken_up']),
  }),
  event('client.stalled', { lateMs: count }),
  event('client.signaling', { state: z.enum(['lost', 'resumed', 'unreachable']), closeCode: port.exactOptional() }),
  event('client.shed', { samples: count }),
  event('call.seen', { state: callState }),
  event('call.key', { sent: z.boolean() }),
  event('mic.asked', {
    permission: z.enum(['granted', 'denied', 'prompt']).exactOptional(),
    secure: z.boolean(),
    allowedByPolicy: flag,
    listed: count.exactOptional(),
    byId: flag,
  }),
  event('mic.waiting', { waitedMs: count }),
  event('mic.opened', {
    label: text().exactOptional(),
    sampleRate: count.exactOptional(),
    echoCancellation: flag,
    noiseSuppression: flag,
    autoGainControl: flag,
  }),
  event('mic.failed', { code: errorCode, name: text(64), message: text().exactOptional() }),
  event('mic.track', {
    state: z.enum(['enabled', 'disabled', 'muted', 'unmuted', 'ended', 'replaced', 'removed']),
  }),
  event('mic.devices', { inputs: count, outputs: count }),
  event('mic.switched', {
    reason: z.enum(['asked', 'default_changed', 'recovered']),
    code: errorCode.exactOptional(),
    label: text().exactOptional(),
  }),
  event('media.adapted', { bitrate: count, ptimeMs: count, fec: z.boolean(), red: z.boolean() }),
  event('playout.state', {
    state: z.enum(['playing', 'paused', 'failed', 'muted', 'unmuted', 'detached']),
    code: errorCode.exactOptional(),
    name: text(64).exactOptional(),
  }),
  event('sdp.set', {
    side,
    kind: z.enum(['offer', 'answer']),
    audio: audio.exactOptional(),
    candidates: z.array(candidate).max(32).exactOptional(),
  }),
  event('sdp.refused', { side, name: text(64), message: text().exactOptional() }),
  event('dtls.connection', { state: z.enum(['new', 'connecting', 'connected', 'closed', 'failed']) }),
  event('ice.gathering', { state: z.enum(['new', 'gathering', 'complete']) }),
  event('ice.candidate', { candidate }),
  event('ice.candidate_error', {
    url: text(LIMITS.addressLength),
    errorCode: z.int().min(0).max(999),
    errorText: text().exactOptional(),
    address: text().exactOptional(),
  }),
  event('ice.connection', { state: z.enum(['new', 'connecting', 'connected', 'disconnected', 'failed', 'closed']) }),
  event('ice.pair', { local: candidate, remote: candidate, roundTripMs: count.exactOptional() }),
  event('ice.attempt', {
    policy: z.enum(['all', 'relay']),
    reason: z.enum(['start', 'media-lost', 'network-changed', 'asked', 'credentials', 'relay-only']),
    spare: flag,
  }),
]) satisfies z.ZodType<BrowserEvent>;

export const browserSample = z.strictObject({
  atMs: count,
  ms: count,
  packetsReceived: figure,
  bytesReceived: figure,
  packetsLost: figure,
  packetsDiscarded: figure,
  jitterMs: figure,
  samplesReceived: figure,
  concealedSamples: figure,
  silentConcealedSamples: figure,
  concealmentEvents: figure,
  jitterBufferMs: figure,
  remoteEnergy: figure,
  remoteSeconds: figure,
  decoder: text(64).exactOptional(),
  packetsSent: figure,
  bytesSent: figure,
  targetBitrate: figure,
  micEnergy: figure,
  micSeconds: figure,
  remotePacketsLost: figure,
  remoteJitterMs: figure,
  roundTripMs: figure,
  pairRoundTripMs: figure,
  checksSent: figure,
  checksAnswered: figure,
  availableBitrate: figure,
  transportBytesSent: figure,
  transportBytesReceived: figure,
  dtlsState: text(32).exactOptional(),
  synthesizedSeconds: figure,
  playoutDelayMs: figure,
  hidden: flag,
  lateMs: figure,
  micLevel: figure,
  remoteLevel: figure,
}) satisfies z.ZodType<BrowserSample>;
