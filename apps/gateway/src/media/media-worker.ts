import type { Certificate, Crypto, LegMedia, Millis, TransportAddress } from '@earshot/base';
import type { MediaCommand, MediaEvent } from '@earshot/calls';
import {
  AudioForwarder,
  createPacketBuffer,
  type ForwardSink,
  type OpusEncoderOptions,
  OpusFollower,
  type OpusLibrary,
} from '@earshot/rtp';
import { type SrtpProfileName, WebRtcSession } from '@earshot/webrtc';
import type { BrowserPort } from './browser-port.js';
import { GapFiller } from './gap-filler.js';
import { MediaLeg } from './leg.js';
import { PlainRtpTransport } from './plain-rtp-transport.js';
import type { OpenRtpSockets } from './udp.js';
import { WebRtcTransport } from './webrtc-transport.js';

export interface MediaWorkerOptions {
  readonly crypto: Crypto;
  readonly certificate: Certificate;
  readonly srtpProfiles?: readonly SrtpProfileName[];
  /** The sockets that all browser legs share. Closed with the worker. */
  readonly browserPort: BrowserPort;
  readonly openRtpSockets: OpenRtpSockets;
  /** Without it, Opus can only pass through. */
  readonly opus?: OpusLibrary;
  readonly opusEncoder?: OpusEncoderOptions;
  /** Whether what is encoded for a browser follows its path; unless it is false. */
  readonly adapt?: boolean;
  /** Milliseconds since the Unix epoch, monotonic. */
  readonly clock: () => Millis;
  readonly emit: (event: MediaEvent) => void;
  /** After the last event of a leg. */
  readonly onLegClosed: (legId: string) => void;
}

/** How often the owner calls `tick`. A packet time: comfort noise and timers need no finer grain. */
export const TICK_MS = 20;
/** A tick that comes so much too late is worth saying: what was measured meanwhile says little of the network. */
const STALL_MS = 200;
const STATS_MS = 1000;
const STATS_PORTIONS = 4;

type Command<Type extends MediaCommand['type']> = Extract<MediaCommand, { readonly type: Type }>;

/** The legs of one worker. Its owner feeds commands, calls `tick` every 20 ms, and provides sockets and clock. */
export class MediaWorker {
  readonly #options: MediaWorkerOptions;
  readonly #legs = new Map<string, MediaLeg>();
  /** Legs by the quarter of a second in which their figures are told; both of a call in one. */
  readonly #portions: readonly Set<MediaLeg>[] = Array.from({ length: STATS_PORTIONS }, () => new Set<MediaLeg>());
  readonly #webrtc = new Map<string, WebRtcTransport>();
  readonly #rtp = new Map<string, PlainRtpTransport>();
  /** Every packet is built here and sent before the next one. */
  readonly #buffer = createPacketBuffer();
  #statsAt: Millis = 0;
  #tickedAt: Millis = -1;
  #statsPortion = 0;

  constructor(options: MediaWorkerOptions) {
    this.#options = options;
  }

  get legs(): number {
    return this.#legs.size;
  }

  handle(command: MediaCommand): void {
    switch (command.type) {
      case 'webrtc.open':
        this.#openWebRtc(command);
        break;
      case 'webrtc.restart':
        this.#webrtc.get(command.legId)?.restart(command.ice, command.abandons);
        break;
      case 'webrtc.remote':
        this.#negotiate(command.legId, command.media);
        this.#webrtc.get(command.legId)?.setRemote(command.remote);
        break;
      case 'rtp.open':
        this.#openRtp(command);
        break;
      case 'rtp.remote':
        this.#negotiate(command.legId, command.media);
        this.#rtp.get(command.legId)?.setRemote(command.remote);
        break;
      case 'leg.counted':
        this.#legs.get(command.legId)?.counted(command, this.#options.clock());
        break;
      case 'bridge':
        this.#bridge(...command.legIds);
        break;
      case 'close':
        this.#close(command.legId);
        break;
    }
  }

  tick(now: Millis): void {
    this.#noteStall(now);
    for (const leg of this.#legs.values()) leg.tick(now);
    if (now >= this.#statsAt) this.#emitStats(now);
  }

  #noteStall(now: Millis): void {
    const lateMs = this.#tickedAt < 0 ? 0 : now - this.#tickedAt - TICK_MS;
    this.#tickedAt = now;
    if (lateMs < STALL_MS) return;
    for (const leg of this.#legs.values()) {
      if (leg.media !== undefined) leg.emitEvent({ type: 'leg.stalled', legId: leg.id, lateMs });
    }
  }

  /** Figures cross to the main thread together, in a few portions a second: waking it costs more than carrying them. */
  #emitStats(now: Millis): void {
    const step = STATS_MS / STATS_PORTIONS;
    // In step with the second, unless this thread was held up.
    this.#statsAt = now - this.#statsAt < step ? this.#statsAt + step : now + step;
    this.#statsPortion = (this.#statsPortion + 1) % STATS_PORTIONS;
    // A leg that was described and receives nothing is worth knowing of, too.
    for (const leg of this.#portions[this.#statsPortion] ?? []) if (leg.media !== undefined) leg.emitStats(now);
  }

  close(): void {
    for (const legId of [...this.#legs.keys()]) this.#close(legId);
    this.#options.browserPort.closeAll();
  }

  #openWebRtc({ callId, legId, ice }: Command<'webrtc.open'>): void {
    const { opusEncoder, adapt } = this.#options;
    const follower = adapt === false ? undefined : new OpusFollower(opusEncoder?.bitrate);
    const leg = this.#addLeg(callId, legId, follower);
    if (leg === undefined) return;
    const { crypto, certificate, srtpProfiles, browserPort, clock } = this.#options;
    const profiles = srtpProfiles === undefined ? {} : { profiles: srtpProfiles };
    const seenFromOutside = (from: TransportAddress): TransportAddress => browserPort.seenFromOutside(from);
    const session = new WebRtcSession({ crypto, certificate, ice, seenFromOutside, ...profiles });
    const transport = new WebRtcTransport(leg, session, browserPort, clock);
    leg.transport = transport;
    this.#webrtc.set(legId, transport);
  }

  #openRtp({ callId, legId }: Command<'rtp.open'>): void {
    const leg = this.#addLeg(callId, legId);
    if (leg === undefined) return;
    const transport = new PlainRtpTransport(leg, this.#options.clock);
    leg.transport = transport;
    this.#rtp.set(legId, transport);
    void this.#options.openRtpSockets().then((sockets) => {
      const local = sockets.ok ? transport.attach(sockets.value) : undefined;
      if (local !== undefined) leg.emitEvent({ type: 'rtp.opened', legId, local });
      else if (!sockets.ok) leg.emitEvent({ type: 'leg.failed', legId, fault: sockets.error });
    });
  }

  #addLeg(callId: string, legId: string, follower?: OpusFollower): MediaLeg | undefined {
    if (this.#legs.has(legId)) return undefined;
    const { crypto, emit, clock } = this.#options;
    const leg = new MediaLeg({ callId, legId, random: crypto.randomBytes, emit, now: clock(), follower });
    this.#legs.set(legId, leg);
    this.#portions[portionOf(callId)]?.add(leg);
    return leg;
  }

  #negotiate(legId: string, media: LegMedia): void {
    const leg = this.#legs.get(legId);
    if (leg === undefined) return;
    leg.negotiate(media);
    if (leg.peer !== undefined) this.#connect(leg, leg.peer);
  }

  #bridge(firstId: string, secondId: string): void {
    const first = this.#legs.get(firstId);
    const second = this.#legs.get(secondId);
    if (first === undefined || second === undefined || first === second || first.peer === second) return;
    first.leavePeer();
    second.leavePeer();
    first.peer = second;
    second.peer = first;
    this.#connect(first, second);
  }

  /** Begins, or adapts to a renegotiation, as soon as both sides are described. */
  #connect(one: MediaLeg, other: MediaLeg): void {
    if (one.media === undefined || other.media === undefined) return;
    this.#forward(one, one.media, other, other.media);
    this.#forward(other, other.media, one, one.media);
  }

  #forward(from: MediaLeg, source: LegMedia, to: MediaLeg, destination: LegMedia): void {
    const sink: ForwardSink = {
      emit: (buffer, offset, length) => to.send(buffer, offset, length),
      digit: (digit, durationMs) => from.heardDigit(digit, durationMs),
    };
    const { stream } = to;
    if (this.#webrtc.has(from.id) && this.#rtp.has(to.id)) {
      from.gapFiller = GapFiller.create(stream, destination, sink, this.#buffer);
    }
    if (from.forwarder !== undefined) {
      from.forwarder.update(source, destination);
      return;
    }
    const { opus, opusEncoder } = this.#options;
    from.forwarder = new AudioForwarder({
      source,
      destination,
      stream,
      sink,
      buffer: this.#buffer,
      opus,
      opusEncoder,
      meter: from.meter,
    });
    to.follow();
  }

  #close(legId: string): void {
    const leg = this.#legs.get(legId);
    if (leg === undefined) return;
    this.#legs.delete(legId);
    this.#webrtc.delete(legId);
    this.#rtp.delete(legId);
    for (const portion of this.#portions) portion.delete(leg);
    leg.close(this.#options.clock());
    this.#options.onLegClosed(legId);
  }
}

/** The same for both legs of a call; call ids are random. */
const portionOf = (callId: string): number => callId.charCodeAt(callId.length - 1) % STATS_PORTIONS;
