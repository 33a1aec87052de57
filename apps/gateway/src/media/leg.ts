import type { LegMedia, Millis, RandomBytes, TransportAddress } from '@earshot/base';
import type { LegStats, MediaEvent } from '@earshot/calls';
import {
  type AudioForwarder,
  LevelMeter,
  type OpusFollower,
  OutgoingStream,
  payloadClocks,
  type ReceivedOfUs,
  ReceptionStatistics,
  RtcpReporter,
  readU16,
  readU32,
  rtpHeaderLength,
  rtpPayloadEnd,
  rtpPayloadType,
  type SendingPlan,
} from '@earshot/rtp';
import { Delivery } from './delivery.js';
import type { GapFiller } from './gap-filler.js';

/** What carries a leg's packets: SRTP behind ICE and DTLS, or plain RTP. */
export interface LegTransport {
  readonly remote: TransportAddress | undefined;
  /** The address of ours that it sends from. */
  readonly local: TransportAddress | undefined;
  readonly srtpAuthFailures: number;
  readonly srtpReplays: number;
  /** RTP from where this leg does not listen to. */
  readonly packetsForeign: number;
  /** Mean interval of RTCP reports to this remote, in ms. */
  readonly reportIntervalMs: Millis;
  /** Sends `buffer[offset, offset + length)`, which it may change; false when it cannot be sent now. */
  sendRtp(buffer: Uint8Array, offset: number, length: number): boolean;
  sendRtcp(compound: Uint8Array): void;
  tick(now: Millis): void;
  close(now: Millis): void;
}

export interface LegOptions {
  readonly callId: string;
  readonly legId: string;
  readonly random: RandomBytes;
  readonly emit: (event: MediaEvent) => void;
  readonly now: Millis;
  /** Decides how Opus is sent to this leg. */
  readonly follower?: OpusFollower | undefined;
}

/** RTCP packet types (RFC 3550 section 12.1). */
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
/** How often timers of a bridged leg are looked at, in ms. */
const LOOK_MS = 100;
/** The first report to a remote is our evidence that it hears us, and its for us. In ms after the first packet. */
const FIRST_REPORT_MS = 500;
/** One packet of so many is looked at for its level. */
const MEASURED_OF = 10;
/** Below this, libopus has no room for error correction of narrowband speech; bit/s. */
const LEAST_FEC_BITRATE = 24_000;
const [OTHER, PCMU, PCMA] = [0, 1, 2];

/** One end of a call's media: counts, reports and passes on what comes, and sends what its peer passes on. */
export class MediaLeg {
  readonly id: string;
  readonly callId: string;
  /** All that this leg sends: one SSRC for its whole life. */
  readonly stream: OutgoingStream;
  readonly emitEvent: (event: MediaEvent) => void;
  media: LegMedia | undefined;
  /** Takes this leg's packets to its peer. */
  forwarder: AudioForwarder | undefined;
  /** Speaks to the peer in this leg's place while it cannot be heard. */
  gapFiller: GapFiller | undefined;
  transport: LegTransport | undefined;
  /** The leg that this one is bridged with. */
  peer: MediaLeg | undefined;
  /** Of payload types that were not agreed on. */
  packetsRefused = 0;
  /** Looks at what is received now and then, where somebody decodes it or it needs no decoding. */
  readonly meter = new LevelMeter();
  readonly #follower: OpusFollower | undefined;
  /** Once it differs from how everything begins. */
  #plan: SendingPlan | undefined;
  #sending = '';
  readonly #laws = new Uint8Array(128);
  readonly #openedAt: Millis;
  #packetsUndecodable = 0;
  readonly #clocks = new Uint32Array(128);
  readonly #negotiated = new Uint8Array(128);
  readonly #reception = new ReceptionStatistics(this.#clocks);
  #delivery = new Delivery();
  /** Whether `#delivery` knows when we began to send. */
  #announced = false;
  readonly #random: RandomBytes;
  #reporter: RtcpReporter | undefined;
  #received = false;
  #packetsSent = 0;
  #bytesSent = 0;
  #remotePacketsLost: number | undefined;
  #remoteJitterMs: number | undefined;
  #roundTripMs: number | undefined;
  #lookAt: Millis = 0;
  #isFilling = false;

  constructor({ callId, legId, random, emit, now, follower }: LegOptions) {
    this.#openedAt = now;
    this.#follower = follower;
    this.id = legId;
    this.callId = callId;
    this.emitEvent = emit;
    this.#random = random;
    const bytes = random(10);
    this.stream = new OutgoingStream(readU32(bytes, 0), readU16(bytes, 4), readU32(bytes, 6));
  }

  /** What offer and answer agreed on. A later agreement replaces it; streams and counters go on. */
  negotiate(media: LegMedia): void {
    this.media = media;
    this.#clocks.set(payloadClocks(media));
    this.#negotiated.fill(0);
    this.#laws.fill(OTHER);
    for (const { payloadType, name } of media.codecs) {
      this.#negotiated[payloadType] = 1;
      if (name === 'PCMU') this.#laws[payloadType] = PCMU;
      else if (name === 'PCMA') this.#laws[payloadType] = PCMA;
    }
    for (const { payloadType } of media.telephoneEvents) this.#negotiated[payloadType] = 1;
    if (media.red !== undefined) this.#negotiated[media.red.payloadType] = 1;
  }

  /** The remote is another one: that media passes both ways is to be proved afresh. */
  proveAfresh(): void {
    this.#received = false;
    this.#delivery = new Delivery();
    this.#announced = false;
  }

  accepts(payloadType: number): boolean {
    return this.#negotiated[payloadType] === 1;
  }

  /** An RTP packet of this leg's remote: authenticated, or from the address that the leg is locked to. */
  receiveRtp(packet: Uint8Array, length: number, now: Millis): void {
    if (this.#reception.receive(packet, length, now) === undefined) return;
    if (!this.#received) this.#hear(now);
    if (this.gapFiller?.hasFilled === true) this.#resume(this.gapFiller);
    if (this.#reception.packets % MEASURED_OF === 1) this.#measure(packet, length);
    if (!this.accepts(this.#reception.lastPayloadType)) this.packetsRefused += 1;
    const outcome = this.forwarder?.forward(packet, length, now);
    if (outcome === 'undecodable' || outcome === 'no-codec') this.#packetsUndecodable += 1;
  }

  #measure(packet: Uint8Array, length: number): void {
    const law = this.#laws[rtpPayloadType(packet)];
    if (law === OTHER) return;
    const start = rtpHeaderLength(packet, length);
    this.meter.g711(law === PCMU ? 'PCMU' : 'PCMA', packet, start, rtpPayloadEnd(packet, length));
  }

  /** What was filled is no loss: the peer's stream goes on behind it. */
  #resume(filler: GapFiller): void {
    filler.hasFilled = false;
    if (this.media !== undefined && this.peer?.media !== undefined) this.forwarder?.update(this.media, this.peer.media);
  }

  #hear(now: Millis): void {
    this.#received = true;
    this.#delivery.receiving(now);
    this.emitEvent({ type: 'leg.received', legId: this.id });
  }

  /** A compound RTCP packet of this leg's remote. */
  receiveRtcp(compound: Uint8Array, now: Millis): void {
    const reporter = this.#startReporter(now);
    const outcome = reporter.handle(compound, now);
    // Feedback may come without a report (RFC 5506); it says nothing about what arrives.
    const isSender = compound[1] === SENDER_REPORT;
    if (outcome === undefined || !(isSender || compound[1] === RECEIVER_REPORT)) return;
    const view = outcome.reportForUs;
    if (view !== undefined) {
      this.#remotePacketsLost = view.cumulativeLost;
      if (this.stream.clockRate > 0) this.#remoteJitterMs = (view.jitterTicks * 1000) / this.stream.clockRate;
      this.#roundTripMs = view.roundTripMs ?? this.#roundTripMs;
      if (this.#follower?.reported(view, now) === true) this.#adapt();
    }
    const kind = isSender ? 'sender' : 'receiver';
    this.#told(this.#delivery.report(now, kind, view, this.stream.sequence, this.stream.sentAt));
  }

  /** The remote counted our packets itself. */
  counted(counts: ReceivedOfUs, now: Millis): void {
    if (this.#follower?.counted(counts, now) === true) this.#adapt();
  }

  #adapt(): void {
    if (this.media !== undefined) this.#plan = this.#follower?.plan(this.media.ptimeMs);
    this.follow();
  }

  /** Has what is encoded for this leg sent as its path asks for. What passes through is as its source sends it. */
  follow(): void {
    const forwarder = this.peer?.forwarder;
    const plan = this.#plan;
    if (forwarder === undefined || plan === undefined) return;
    forwarder.follow(plan);
    if (!forwarder.isEncoding) return;
    const { bitrate, ptimeMs } = plan;
    const red = plan.red > 0 && this.media?.red !== undefined;
    const sending = `${bitrate} ${ptimeMs} ${red}`;
    if (sending === this.#sending) return;
    this.#sending = sending;
    this.emitEvent({ type: 'leg.adapted', legId: this.id, bitrate, ptimeMs, fec: bitrate >= LEAST_FEC_BITRATE, red });
  }

  /** The remote's host says by ICMP that nobody listens. */
  refused(now: Millis): void {
    this.#told(this.#delivery.refused(now));
  }

  /** Sends an RTP packet of `stream`; it may be changed in place. */
  send(buffer: Uint8Array, offset: number, length: number): void {
    if (this.transport?.sendRtp(buffer, offset, length) !== true) return;
    if (!this.#announced) {
      this.#announced = true;
      this.#delivery.sending(this.stream.sentAt, readU16(buffer, offset + 2));
    }
    this.#packetsSent += 1;
    this.#bytesSent += length - 12;
  }

  /** The forwarder that feeds the peer saw an event of this leg end. */
  heardDigit(digit: string, durationMs: number): void {
    const relayed = (this.peer?.media?.telephoneEvents.length ?? 0) > 0;
    this.emitEvent({ type: 'leg.dtmf', legId: this.id, digit, durationMs, relayed });
  }

  /** Every 20 ms. A leg that talks undisturbed is looked at less often: with many legs their ticks would cost more. */
  tick(now: Millis): void {
    if (this.#isFilling) this.#fill(now);
    if (now < this.#lookAt) return;
    this.#lookAt = now + (this.forwarder === undefined ? 0 : LOOK_MS);
    this.transport?.tick(now);
    if (this.#packetsSent > 0 || this.#received) this.#report(now);
    this.#told(this.#delivery.tick(now, this.#reception.lastArrivalAt));
    this.forwarder?.tick(now);
    if (!this.#isFilling) this.#fill(now);
  }

  #fill(now: Millis): void {
    this.#isFilling = this.gapFiller?.tick(now, this.#reception.lastArrivalAt) ?? false;
  }

  #report(now: Millis): void {
    const reporter = this.#startReporter(now);
    if (now < reporter.nextAt) return;
    const compound = reporter.poll(now, this.stream, this.#reception);
    if (compound !== undefined) this.transport?.sendRtcp(compound);
  }

  #startReporter(now: Millis): RtcpReporter {
    this.#reporter ??= new RtcpReporter({
      ssrc: this.stream.ssrc,
      cname: this.callId,
      now,
      random: () => readU32(this.#random(4), 0) / 0x1_0000_0000,
      firstReportMs: FIRST_REPORT_MS,
      ...(this.transport === undefined ? {} : { intervalMs: this.transport.reportIntervalMs }),
    });
    return this.#reporter;
  }

  #told(changed: boolean): void {
    const { evidence } = this.#delivery;
    if (changed && evidence !== undefined) this.emitEvent({ type: 'leg.delivered', legId: this.id, evidence });
  }

  /** Figures so far, and of the time since they were emitted before. */
  emitStats(now: Millis): void {
    this.emitEvent({ type: 'leg.stats', legId: this.id, stats: this.#stats(now) });
    this.#reception.beginInterval();
  }

  #stats(now: Millis): LegStats {
    const reception = this.#reception;
    const { media } = this;
    const carried = reception.lastPayloadType === media?.red?.payloadType ? media?.red?.of : reception.lastPayloadType;
    const codec = media?.codecs.find(({ payloadType }) => payloadType === carried)?.name;
    const { remote, local } = this.transport ?? {};
    const levelDb = this.meter.take();
    return {
      ageMs: now - this.#openedAt,
      ...(codec === undefined ? {} : { codec }),
      packetsReceived: reception.packets,
      bytesReceived: reception.bytes,
      packetsSent: this.#packetsSent,
      bytesSent: this.#bytesSent,
      packetsLost: reception.lost,
      jitterMs: reception.jitterMs,
      ...(this.#remotePacketsLost === undefined ? {} : { remotePacketsLost: this.#remotePacketsLost }),
      ...(this.#remoteJitterMs === undefined ? {} : { remoteJitterMs: this.#remoteJitterMs }),
      ...(this.#roundTripMs === undefined ? {} : { roundTripMs: this.#roundTripMs }),
      srtpAuthFailures: this.transport?.srtpAuthFailures ?? 0,
      srtpReplays: this.transport?.srtpReplays ?? 0,
      packetsForeign: this.transport?.packetsForeign ?? 0,
      packetsRefused: this.packetsRefused,
      packetsUndecodable: this.#packetsUndecodable,
      packetsRecovered: this.forwarder?.recovered ?? 0,
      lossRuns: reception.lossRuns,
      longestLoss: reception.longestLoss,
      ...(reception.maxGapMs === 0 ? {} : { maxGapMs: reception.maxGapMs }),
      ...(reception.delayMs === undefined ? {} : { delayMs: reception.delayMs }),
      ...(levelDb === undefined ? {} : { levelDb }),
      ...(remote === undefined ? {} : { remote: { address: remote.address, port: remote.port } }),
      ...(local === undefined ? {} : { local: { address: local.address, port: local.port } }),
    };
  }

  /** Ends the bridge in both directions. */
  leavePeer(): void {
    const { peer } = this;
    this.peer = undefined;
    this.forwarder?.close();
    this.forwarder = undefined;
    this.gapFiller = undefined;
    if (peer !== undefined) peer.leavePeer();
  }

  /** Says goodbye to the remote, and gives the last figures. */
  close(now: Millis): void {
    this.leavePeer();
    if (this.#reporter !== undefined) {
      this.transport?.sendRtcp(this.#reporter.bye(now, this.stream, this.#reception));
    }
    this.emitStats(now);
    this.transport?.close(now);
  }
}
