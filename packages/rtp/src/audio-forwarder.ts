import type { AudioCodec, LegMedia, Millis } from '@earshot/base';
import type { AudioDecoder, AudioEncoder, EncoderPlan } from './codecs/audio-codec.js';
import { convertG711, G711_RATE, G711Decoder, G711Encoder } from './codecs/g711.js';
import type { OpusEncoderOptions, OpusLibrary } from './codecs/opus.js';
import { eventFormatFor } from './dtmf/outgoing-event.js';
import { type DigitListener, TelephoneEventRelay } from './dtmf/relay.js';
import { isTelephoneEvent } from './dtmf/telephone-event.js';
import {
  RTP_FIXED_HEADER_LENGTH,
  rtpHeaderLength,
  rtpMarker,
  rtpPayloadEnd,
  rtpPayloadType,
  rtpSequenceNumber,
  rtpSsrc,
  rtpTimestamp,
  writeRtpHeader,
} from './header.js';
import type { LevelMeter } from './level.js';
import {
  createPacketBuffer,
  MAX_RTP_PACKET,
  type OutgoingStream,
  PACKET_HEAD_ROOM,
  type RtpSink,
} from './outgoing-stream.js';
import { RtpPacketizer } from './packetizer.js';
import { RedReader } from './red/red.js';
import { RtpRewriter } from './rewriter.js';
import { mayForward, planRoutes, type Route } from './routes.js';
import { AudioTranscoder } from './transcoder.js';

/** Where a forwarder's packets and digits go. The object is fixed; `emit` may not keep the buffer. */
export interface ForwardSink extends RtpSink, DigitListener {}

/**
 * What became of a packet. `passed`: payload untouched; `converted`: PCMU <-> PCMA byte by byte; `transcoded`;
 * `event`: a telephone-event, relayed where the destination negotiated it; `late`: duplicate, too late, or the first
 * of a jump; `held`: a direction forbids it; `unknown-payload-type`: not negotiated by the source;
 * `undecodable`: the decoder made nothing of it; `no-codec`: negotiated, but nothing here can turn it into what the destination takes; `invalid`: not RTP, or empty.
 */
export type ForwardResult =
  | 'passed'
  | 'converted'
  | 'transcoded'
  | 'undecodable'
  | 'event'
  | 'late'
  | 'held'
  | 'unknown-payload-type'
  | 'no-codec'
  | 'invalid';

export interface AudioForwarderOptions {
  /** The leg that packets come from, and the one they go to. */
  readonly source: LegMedia;
  readonly destination: LegMedia;
  /** Without it, Opus can only pass through. */
  readonly opus?: OpusLibrary | undefined;
  readonly opusEncoder?: OpusEncoderOptions | undefined;
  /** The destination leg's stream: one for the leg's whole life, handed to each forwarder that feeds it. */
  readonly stream: OutgoingStream;
  readonly sink: ForwardSink;
  /** From `createPacketBuffer`; forwarders of one thread can share it. */
  readonly buffer?: Uint8Array | undefined;
  /** Told of the level of what is decoded here. G.711 needs no decoder for that. */
  readonly meter?: LevelMeter | undefined;
}

/** How audio that is encoded here is sent: to follow the path, within what was negotiated. */
export interface SendingPlan extends EncoderPlan {
  /** 20, 40 or 60. */
  readonly ptimeMs: number;
  /** How many earlier frames go with each, where the destination takes them (RFC 2198). */
  readonly red: 0 | 1 | 2;
}

type AudioRoute = Route & { readonly kind: 'pass' | 'convert' | 'transcode' };

const PAYLOAD_AT = PACKET_HEAD_ROOM + RTP_FIXED_HEADER_LENGTH;
const MAX_PAYLOAD = MAX_RTP_PACKET - RTP_FIXED_HEADER_LENGTH;
/** Opus has no frames of 30 ms and the like (RFC 6716 section 2.1.4). */
const OPUS_PTIMES: readonly number[] = [10, 20, 40, 60];
const DEFAULT_PTIME_MS = 20;
/** What is missing more packets than any redundancy reaches back is another timeline. */
const MAX_RED_GAP = 100;

/**
 * One direction of a bridge: each packet of one leg is passed, converted, transcoded or relayed into the other leg's
 * stream, whatever mix of codecs the source uses from packet to packet. CSRCs, header extensions and redundancy end
 * here: they were negotiated with the source alone, and what was lost on its way is put in its place from the packets
 * after it. What is passed or converted keeps the source's packets, their duration
 * and their losses; only the transcoder makes packets of its own, of the destination's ptime.
 */
export class AudioForwarder {
  readonly stream: OutgoingStream;
  readonly #sink: ForwardSink;
  readonly #buffer: Uint8Array;
  readonly #opus: OpusLibrary | undefined;
  readonly #opusEncoder: OpusEncoderOptions | undefined;
  readonly #meter: LevelMeter | undefined;
  readonly #rewriter: RtpRewriter;
  readonly #relay: TelephoneEventRelay;
  readonly #transcoders = new Map<AudioRoute, AudioTranscoder>();
  #routes: readonly (Route | undefined)[] = [];
  #destination: LegMedia;
  #open = false;
  /** The route of the newest audio. */
  #active: AudioRoute | undefined;
  #transcoder: AudioTranscoder | undefined;
  #ssrc = -1;
  #recovered = 0;
  #red: RedReader | undefined;
  /** Of the newest redundant packet: what came before it is known. */
  #redSsrc = -1;
  #redSequence = 0;
  #redTimestamp = 0;
  #plan: SendingPlan | undefined;

  constructor({ source, destination, opus, opusEncoder, stream, sink, buffer, meter }: AudioForwarderOptions) {
    this.stream = stream;
    this.#sink = sink;
    this.#buffer = buffer ?? createPacketBuffer();
    this.#opus = opus;
    this.#opusEncoder = opusEncoder;
    this.#meter = meter;
    this.#rewriter = new RtpRewriter(stream);
    this.#relay = new TelephoneEventRelay(stream, sink, sink, this.#buffer);
    this.#destination = destination;
    this.update(source, destination);
  }

  /** The codec that the source's newest audio came in, and the one it left in. */
  get sourceCodec(): AudioCodec | undefined {
    const active = this.#active;
    return active?.source;
  }

  get destinationCodec(): AudioCodec | undefined {
    const active = this.#active;
    return active?.target;
  }

  /** A renegotiation, or a hold: stream, SSRC and numbering go on, and what went by meanwhile is not a loss. */
  update(source: LegMedia, destination: LegMedia): void {
    this.#freeTranscoders();
    this.#destination = destination;
    this.#routes = planRoutes(source, destination, this.#opus !== undefined);
    this.#open = mayForward(source, destination);
    this.#active = undefined;
    this.#redSsrc = -1;
    this.#rewriter.restart();
    this.#announceAudio(destination.codecs[0]?.clockRate ?? G711_RATE);
  }

  /** Packets of the source that were lost, and whose sound came with later ones. */
  get recovered(): number {
    let recovered = this.#recovered;
    for (const transcoder of this.#transcoders.values()) recovered += transcoder.recovered;
    return recovered;
  }

  /** Whether this direction is encoded to Opus now, so that `follow` changes something. */
  get isEncoding(): boolean {
    return this.#active?.kind === 'transcode' && this.#active.target.name === 'opus';
  }

  /** Sends what is encoded to Opus in this way from now on. */
  follow(plan: SendingPlan): void {
    this.#plan = plan;
    for (const [route, transcoder] of this.#transcoders) this.#instruct(transcoder, route);
  }

  #instruct(transcoder: AudioTranscoder, { kind, target }: AudioRoute): void {
    const plan = this.#plan;
    if (plan === undefined || kind !== 'transcode' || target.name !== 'opus') return;
    const { red } = this.#destination;
    const takesRed = red?.of === target.payloadType;
    transcoder.follow(plan.ptimeMs, plan, takesRed ? plan.red : 0, red?.payloadType);
  }

  /** Forwards the RTP packet `packet[offset, offset + length)`; `now` in ms. Emits none, one or several packets. */
  forward(packet: Uint8Array, length: number, now: Millis, offset = 0): ForwardResult {
    const header = rtpHeaderLength(packet, length, offset);
    if (header < 0) return 'invalid';
    if (!this.#open) return 'held';
    const route = this.#routes[rtpPayloadType(packet, offset)];
    const start = offset + header;
    const end = rtpPayloadEnd(packet, length, offset);
    if (route === undefined) return this.#consume(packet, offset, now, 'unknown-payload-type');
    if (start === end || end - start > MAX_PAYLOAD) return this.#consume(packet, offset, now, 'invalid');
    switch (route.kind) {
      case 'event':
        return this.#relayEvent(route.source.clockRate, packet, offset, start, end, now);
      case 'none':
        return this.#consume(packet, offset, now, 'no-codec');
      case 'red':
        return this.#unwrap(packet, offset, start, end, now);
      default: {
        const ssrc = rtpSsrc(packet, offset);
        const sequence = rtpSequenceNumber(packet, offset);
        const timestamp = rtpTimestamp(packet, offset);
        return this.#audio(route, packet, ssrc, sequence, timestamp, rtpMarker(packet, offset), start, end, now);
      }
    }
  }

  /** Frames of packets that were lost first, each in its own place, and then the newest. */
  #unwrap(packet: Uint8Array, offset: number, start: number, end: number, now: Millis): ForwardResult {
    this.#red ??= new RedReader();
    const red = this.#red;
    if (!red.read(packet, start, end)) return this.#consume(packet, offset, now, 'invalid');
    const ssrc = rtpSsrc(packet, offset);
    const sequence = rtpSequenceNumber(packet, offset);
    const timestamp = rtpTimestamp(packet, offset);
    const last = red.count - 1;
    const step = ((sequence - this.#redSequence) << 16) >> 16;
    const ahead = ssrc === this.#redSsrc && step < MAX_RED_GAP ? step : 1;
    for (let block = Math.max(0, last + 1 - ahead); block < last; block += 1) {
      const at = (timestamp - (red.offsets[block] as number)) >>> 0;
      // A packet that carried no audio, such as a telephone-event, is missing no frame.
      if (((at - this.#redTimestamp) | 0) <= 0) continue;
      const missing = (sequence - last + block) & 0xffff;
      const result = this.#frame(block, packet, ssrc, missing, at, false, now);
      if (result === 'passed' || result === 'converted' || result === 'transcoded') this.#recovered += 1;
    }
    if (ahead > 0) {
      this.#redSsrc = ssrc;
      this.#redSequence = sequence;
      this.#redTimestamp = timestamp;
    }
    const result = this.#frame(last, packet, ssrc, sequence, timestamp, rtpMarker(packet, offset), now);
    return result ?? this.#consume(packet, offset, now, 'unknown-payload-type');
  }

  /** One frame of a redundant packet; undefined when nothing can be made of its payload type. */
  #frame(
    block: number,
    packet: Uint8Array,
    ssrc: number,
    sequence: number,
    timestamp: number,
    marker: boolean,
    now: Millis,
  ): ForwardResult | undefined {
    const red = this.#red as RedReader;
    const start = red.starts[block] as number;
    const end = red.ends[block] as number;
    const route = this.#routes[red.payloadTypes[block] as number];
    if (route === undefined || route.kind === 'event' || route.kind === 'red' || route.kind === 'none')
      return undefined;
    if (start === end) return undefined;
    return this.#audio(route, packet, ssrc, sequence, timestamp, marker, start, end, now);
  }

  #audio(
    route: AudioRoute,
    packet: Uint8Array,
    ssrc: number,
    sequence: number,
    timestamp: number,
    marker: boolean,
    start: number,
    end: number,
    now: Millis,
  ): ForwardResult {
    if (this.#active !== route) this.#activate(route);
    if (route.kind !== 'transcode')
      return this.#pass(route, packet, ssrc, sequence, timestamp, marker, start, end, now);
    const transcoder = this.#transcoder;
    if (transcoder === undefined) return 'no-codec';
    this.#noteSource(ssrc);
    if (!transcoder.push(sequence, timestamp, packet, start, end, now)) return 'late';
    return transcoder.decoded ? 'transcoded' : 'undecodable';
  }

  /** Reports telephone-events whose last packets were lost. Call it every 100 ms or so. */
  tick(now: Millis): void {
    this.#relay.expire(now);
  }

  /** Frees codecs. The stream stays usable by another forwarder. Idempotent; nothing is forwarded afterwards. */
  close(): void {
    this.#open = false;
    this.#freeTranscoders();
  }

  #pass(
    route: Route & { readonly kind: 'pass' | 'convert' },
    packet: Uint8Array,
    ssrc: number,
    sequence: number,
    timestamp: number,
    marker: boolean,
    start: number,
    end: number,
    now: Millis,
  ): ForwardResult {
    const { source, target } = route;
    const rewriter = this.#rewriter;
    if (!rewriter.map(ssrc, sequence, timestamp, source.clockRate, target.clockRate, now)) return 'late';
    const buffer = this.#buffer;
    writeRtpHeader(
      buffer,
      PACKET_HEAD_ROOM,
      target.payloadType,
      marker,
      rewriter.sequence,
      rewriter.timestamp,
      this.stream.ssrc,
    );
    for (let from = start, to = PAYLOAD_AT; from < end; from += 1, to += 1) buffer[to] = packet[from] as number;
    const length = end - start;
    if (route.kind === 'convert') convertG711(route.law, buffer, PAYLOAD_AT, PAYLOAD_AT + length);
    this.stream.recordAudio(rewriter.timestamp, target.clockRate, length, now);
    this.#sink.emit(buffer, PACKET_HEAD_ROOM, RTP_FIXED_HEADER_LENGTH + length);
    return route.kind === 'convert' ? 'converted' : 'passed';
  }

  #relayEvent(
    clockRate: number,
    packet: Uint8Array,
    offset: number,
    start: number,
    end: number,
    now: Millis,
  ): ForwardResult {
    if (!isTelephoneEvent(start, end)) return this.#consume(packet, offset, now, 'invalid');
    const timestamp = rtpTimestamp(packet, offset);
    const marker = rtpMarker(packet, offset);
    if (this.#transcoder !== undefined) {
      this.#noteSource(rtpSsrc(packet, offset));
      this.#transcoder.pass(rtpSequenceNumber(packet, offset));
      this.#relay.relay(packet, start, timestamp, marker, clockRate, now);
      return 'event';
    }
    const rewriter = this.#rewriter;
    if (!rewriter.mapSequence(rtpSsrc(packet, offset), rtpSequenceNumber(packet, offset), now)) return 'late';
    if (!this.#relay.relay(packet, start, timestamp, marker, clockRate, now, rewriter.sequence)) rewriter.skip();
    return 'event';
  }

  /** A packet that goes no further takes its number with it: the receiver must not see a loss. */
  #consume(packet: Uint8Array, offset: number, now: Millis, result: ForwardResult): ForwardResult {
    if (this.#transcoder !== undefined) {
      this.#transcoder.pass(rtpSequenceNumber(packet, offset));
    } else if (this.#rewriter.mapSequence(rtpSsrc(packet, offset), rtpSequenceNumber(packet, offset), now)) {
      this.#rewriter.skip();
    }
    return result;
  }

  #activate(route: AudioRoute): void {
    const before = this.#transcoder;
    this.#active = route;
    this.#transcoder = route.kind === 'transcode' ? this.#transcoderFor(route) : undefined;
    this.#transcoder?.restart();
    if (before !== undefined && this.#transcoder === undefined) this.#rewriter.restart();
    this.#announceAudio(route.target.clockRate);
  }

  #announceAudio(clockRate: number): void {
    this.#relay.setDestination(eventFormatFor(this.#destination.telephoneEvents, clockRate), clockRate);
  }

  #noteSource(ssrc: number): void {
    if (ssrc === this.#ssrc) return;
    this.#ssrc = ssrc;
    this.#transcoder?.restart();
  }

  #transcoderFor(route: Route & { readonly kind: 'transcode' }): AudioTranscoder | undefined {
    const existing = this.#transcoders.get(route);
    if (existing !== undefined) return existing;
    const decoder = this.#decoderOf(route.source);
    const encoder = this.#encoderOf(route.target);
    if (decoder === undefined || encoder === undefined) return undefined;
    const { ptimeMs } = this.#destination;
    const legal = route.target.name !== 'opus' || OPUS_PTIMES.includes(ptimeMs);
    const transcoder = new AudioTranscoder({
      decoder,
      encoder,
      sourceClockRate: route.source.clockRate,
      ptimeMs: legal ? ptimeMs : DEFAULT_PTIME_MS,
      packetizer: new RtpPacketizer(this.stream, route.target, this.#sink, this.#buffer),
      meter: route.source.name === 'opus' ? this.#meter : undefined,
    });
    this.#transcoders.set(route, transcoder);
    this.#instruct(transcoder, route);
    return transcoder;
  }

  #decoderOf({ name }: AudioCodec): AudioDecoder | undefined {
    if (name === 'PCMU' || name === 'PCMA') return new G711Decoder(name);
    return name === 'opus' ? this.#opus?.decoder(G711_RATE) : undefined;
  }

  #encoderOf({ name }: AudioCodec): AudioEncoder | undefined {
    if (name === 'PCMU' || name === 'PCMA') return new G711Encoder(name);
    return name === 'opus' ? this.#opus?.encoder(G711_RATE, this.#opusEncoder) : undefined;
  }

  #freeTranscoders(): void {
    for (const transcoder of this.#transcoders.values()) {
      this.#recovered += transcoder.recovered;
      transcoder.free();
    }
    this.#transcoders.clear();
    this.#transcoder = undefined;
  }
}
