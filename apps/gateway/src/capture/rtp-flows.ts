import type { ReportBlock } from '@earshot/rtp';
import {
  ExtendedSequence,
  g711Level,
  rtpHeaderLength,
  rtpPayloadEnd,
  rtpPayloadType,
  rtpSequenceNumber,
  rtpSsrc,
  rtpTimestamp,
} from '@earshot/rtp';
import { endOf, type Packet } from './packets.js';

/** What one second of a flow held. */
export interface Second {
  packets: number;
  bytes: number;
  lost: number;
  jitterMs: number;
  maxGapMs: number;
  lossRuns: number;
  longestLoss: number;
  /** Packets by payload type. */
  readonly payloadTypes: Map<number, number>;
  /** Mean of the squared amplitudes of G.711 payloads, summed over `measured` packets; 1 is overload. */
  power: number;
  measured: number;
  /** What the receiver said of it by RTCP. */
  reportedLost?: number;
  reportedJitter?: number;
}

const MAX_FLOWS = 4_000;
const MAX_SECONDS = 400_000;
const PCMU = 0;
const PCMA = 8;
/** So many packets in a row make a stream of what nothing announced. */
const BELIEVED = 10;

/** RTP clock in Hz: 8000 of the static audio types (RFC 3551), G.722 included; else what Opus has. */
const clockOf = (payloadType: number): number => (payloadType < 96 ? 8_000 : 48_000);

/** RTP from one place to another: whatever sources it holds, one after the other. */
export class RtpFlow {
  readonly source: string;
  readonly destination: string;
  readonly from: string;
  readonly to: string;
  /** Unix second -> what it held. */
  readonly seconds = new Map<number, Second>();
  packets = 0;
  firstAt = 0;
  lastAt = 0;
  ssrc = -1;
  /** SRTP: payloads are not to be looked at. */
  isSecured = false;
  #sequence = new ExtendedSequence();
  #highest = -1;
  #last = -1;
  /** Packets of the current source that were not seen before. */
  #unique = 0;
  #jitter = 0;
  #transit: number | undefined;
  #clock = 0;
  #lostBefore = 0;
  #reportedLost: number | undefined;

  constructor({ source, sourcePort, destination, destinationPort }: Packet) {
    this.source = source;
    this.destination = destination;
    this.from = endOf(source, sourcePort);
    this.to = endOf(destination, destinationPort);
  }

  get isBelieved(): boolean {
    return this.packets >= BELIEVED && this.#sequence.valid;
  }

  /** Takes a packet whose header is sound. False: there is no room for another second. */
  take({ at, payload }: Packet, headerLength: number, room: boolean): boolean {
    const ssrc = rtpSsrc(payload);
    if (ssrc !== this.ssrc) {
      this.#sequence = new ExtendedSequence();
      this.#highest = -1;
      this.#last = -1;
      this.#lostBefore = 0;
      this.#transit = undefined;
      this.#reportedLost = undefined;
      this.ssrc = ssrc;
    }
    const second = this.#second(at, room);
    if (second === undefined) return false;
    const sequence = rtpSequenceNumber(payload);
    const payloadType = rtpPayloadType(payload);
    const verdict = this.#sequence.update(sequence);
    // Captured on two interfaces, or sent twice: no news either way.
    if (verdict === 'duplicate' || (verdict === 'probation' && sequence === this.#last)) return true;
    this.#last = sequence;
    if (verdict === 'first' || verdict === 'restart') this.#unique = 1;
    else if (verdict !== 'probation' && verdict !== 'jump') this.#unique += 1;
    if (this.packets > 0) second.maxGapMs = Math.max(second.maxGapMs, at - this.lastAt);
    else this.firstAt = at;
    this.packets += 1;
    this.lastAt = at;
    second.packets += 1;
    const end = rtpPayloadEnd(payload, payload.length);
    second.bytes += end - headerLength;
    second.payloadTypes.set(payloadType, (second.payloadTypes.get(payloadType) ?? 0) + 1);
    this.#countLoss(second, sequence, verdict === 'restart' || verdict === 'first');
    if (verdict !== 'jump') this.#measureJitter(second, at, payloadType, rtpTimestamp(payload));
    if (!this.isSecured && (payloadType === PCMU || payloadType === PCMA) && end > headerLength) {
      const level = g711Level(payloadType === PCMU ? 'PCMU' : 'PCMA', payload, headerLength, end);
      second.power += level <= -127 ? 0 : 10 ** (level / 10);
      second.measured += 1;
    }
    return true;
  }

  /** What the receiver of this flow says of it (RFC 3550 section 6.4.1). */
  report(at: number, block: ReportBlock): void {
    const second = this.#second(at, true);
    if (second === undefined) return;
    const growth = this.#reportedLost === undefined ? 0 : block.cumulativeLost - this.#reportedLost;
    this.#reportedLost = block.cumulativeLost;
    second.reportedLost = (second.reportedLost ?? 0) + growth;
    second.reportedJitter = this.#clock === 0 ? 0 : (block.jitter * 1_000) / this.#clock;
  }

  #second(at: number, room: boolean): Second | undefined {
    const key = Math.floor(at / 1_000);
    const known = this.seconds.get(key);
    if (known !== undefined || !room) return known;
    const second: Second = {
      packets: 0,
      bytes: 0,
      lost: 0,
      jitterMs: this.#jitter,
      maxGapMs: 0,
      lossRuns: 0,
      longestLoss: 0,
      payloadTypes: new Map(),
      power: 0,
      measured: 0,
    };
    this.seconds.set(key, second);
    return second;
  }

  #countLoss(second: Second, sequence: number, isNew: boolean): void {
    if (!this.#sequence.valid) return;
    const { highest, expected } = this.#sequence;
    const lost = Math.max(0, expected - this.#unique);
    if (!isNew) second.lost += lost - this.#lostBefore;
    this.#lostBefore = lost;
    const run = this.#highest < 0 || isNew ? 0 : highest - this.#highest - 1;
    if (run > 0 && (highest & 0xffff) === sequence) {
      second.lossRuns += 1;
      second.longestLoss = Math.max(second.longestLoss, run);
    }
    this.#highest = highest;
  }

  /** RFC 3550 appendix A.8, in ms. */
  #measureJitter(second: Second, at: number, payloadType: number, timestamp: number): void {
    const clock = clockOf(payloadType);
    const ticks = Math.round((at * clock) / 1_000) % 0x100000000;
    const transit = ((ticks | 0) - timestamp) | 0;
    if (this.#transit !== undefined && clock === this.#clock) {
      const difference = (Math.abs((transit - this.#transit) | 0) * 1_000) / clock;
      // A source that begins anew is not a packet that came minutes late.
      if (difference < 10_000) this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#clock = clock;
    this.#transit = transit;
    second.jitterMs = this.#jitter;
  }
}

/** All RTP of a capture, by where it went from and to. */
export class RtpFlows {
  readonly #flows = new Map<string, RtpFlow>();
  /** By SSRC and the address they go to: what reports name. */
  readonly #sources = new Map<string, RtpFlow>();
  #seconds = 0;
  /** Packets that there was no room for. */
  omitted = 0;

  get all(): readonly RtpFlow[] {
    return [...this.#flows.values()].filter((flow) => flow.isBelieved);
  }

  /** Whether the payload could be RTP, and was counted as such. */
  take(packet: Packet, isSecured: boolean): boolean {
    const { payload } = packet;
    const header = rtpHeaderLength(payload, payload.length);
    if (header < 0 && !(packet.isCut && payload.length >= 12 && (payload[0] as number) >> 6 === 2)) return false;
    const key = keyOf(packet);
    let flow = this.#flows.get(key);
    if (flow === undefined) {
      if (this.#flows.size >= MAX_FLOWS) this.#forgetDoubtful(packet.at);
      if (this.#flows.size >= MAX_FLOWS) {
        this.omitted += 1;
        return true;
      }
      flow = new RtpFlow(packet);
      this.#flows.set(key, flow);
    }
    flow.isSecured ||= isSecured;
    const { ssrc } = flow;
    const before = flow.seconds.size;
    if (!flow.take(packet, header < 0 ? payload.length : header, this.#seconds < MAX_SECONDS)) this.omitted += 1;
    this.#seconds += flow.seconds.size - before;
    if (flow.ssrc !== ssrc && this.#sources.size < 2 * MAX_FLOWS) {
      this.#sources.set(`${flow.ssrc} ${flow.destination}`, flow);
    }
    return true;
  }

  /** A report that came from `source`: of the flow with that SSRC which goes there. */
  report(at: number, source: string, block: ReportBlock): void {
    const flow = this.#sources.get(`${block.ssrc} ${source}`);
    if (flow?.ssrc === block.ssrc) flow.report(at, block);
  }

  /** What looked like RTP for a few packets, and went no further, makes room. */
  #forgetDoubtful(now: number): void {
    for (const [key, flow] of this.#flows) {
      if (flow.isBelieved || now - flow.lastAt < 5_000) continue;
      this.#flows.delete(key);
      this.#seconds -= flow.seconds.size;
    }
  }
}

const keyOf = ({ source, sourcePort, destination, destinationPort }: Packet): string =>
  `${endOf(source, sourcePort)} ${endOf(destination, destinationPort)}`;
