import { err, ok, type Result } from '@earshot/base';
import {
  ByePacket,
  CompoundPacket,
  ReceiverReportPacket,
  ReceptionReport,
  SdesChunk,
  SdesPacket,
  SenderReportPacket,
} from 'rtp.js/packets';
import { readU16, writeU16 } from '../header.js';
import type { NtpTimestamp } from './ntp.js';

/** One report block (RFC 3550 section 6.4.1). */
export interface ReportBlock {
  /** Of the source reported on. */
  readonly ssrc: number;
  /** Since the previous report, in 1/256. */
  readonly fractionLost: number;
  /** Signed, 24 bits. */
  readonly cumulativeLost: number;
  /** Extended by cycles to 32 bits. */
  readonly highestSequence: number;
  /** In timestamp units of the source. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP timestamp of the last SR from that source; 0: none. */
  readonly lastSenderReport: number;
  /** In 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export interface SenderInfo {
  readonly ssrc: number;
  readonly ntp: NtpTimestamp;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

/** What a compound packet said, as far as an audio leg listens. Other packet types are passed over. */
export interface RtcpCompound {
  readonly senders: readonly SenderInfo[];
  readonly reports: readonly ReportBlock[];
  readonly cnames: readonly { readonly ssrc: number; readonly cname: string }[];
  /** SSRCs that said BYE. */
  readonly goodbyes: readonly number[];
}

/** Why bytes are not an RTCP compound packet. */
export type RtcpError = 'too-short' | 'too-long' | 'version' | 'length' | 'counts';

const MAX_COMPOUND = 1500;
const SR = 200;
const RR = 201;
const SDES = 202;
const BYE = 203;
/** Within a report block: fraction lost in 8 bits, cumulative loss in 24, two's complement. */
const LOSS_AT = 4;
/** SDES item type (RFC 3550 section 6.5.1). */
const CNAME = 1;
const FIRST_TYPE = 192;
const LAST_TYPE = 223;
/** Octets before the report blocks (SR, RR), the chunks (SDES: four octets and an item list each) and the SSRCs (BYE). */
const FIXED: readonly number[] = [28, 8, 4, 4];
const EACH: readonly number[] = [24, 24, 8, 4];

/** True for a packet that RFC 5761 section 4 calls RTCP, where RTP and RTCP share a port. */
export const isRtcp = (bytes: Uint8Array, length: number, offset = 0): boolean =>
  length >= 4 &&
  ((bytes[offset] as number) & 0xc0) === 0x80 &&
  (bytes[offset + 1] as number) >= FIRST_TYPE &&
  (bytes[offset + 1] as number) <= LAST_TYPE;

/** Parses a compound packet; an error names the first thing wrong. Never throws. */
export function parseRtcp(bytes: Uint8Array): Result<RtcpCompound, RtcpError> {
  if (bytes.length < 8) return err('too-short');
  if (bytes.length > MAX_COMPOUND) return err('too-long');
  const found: Findings = { senders: [], reports: [], cnames: [], goodbyes: [] };
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return err('length');
    if ((bytes[at] as number) >> 6 !== 2) return err('version');
    const length = (readU16(bytes, at + 2) + 1) * 4;
    if (at + length > bytes.length) return err('length');
    const last = at + length === bytes.length;
    const wrong = parsePacket(bytes.subarray(at, at + length), last, found);
    if (wrong !== undefined) return err(wrong);
    at += length;
  }
  return ok(found);
}

interface Findings {
  readonly senders: SenderInfo[];
  readonly reports: ReportBlock[];
  readonly cnames: { ssrc: number; cname: string }[];
  readonly goodbyes: number[];
}

/** Checks padding and count (RFC 3550 appendix A.2), and hands one packet of the four known types to rtp.js. */
function parsePacket(packet: Uint8Array, last: boolean, found: Findings): RtcpError | undefined {
  const first = packet[0] as number;
  const type = packet[1] as number;
  let end = packet.length;
  if ((first & 0x20) !== 0) {
    // Only the last packet may be padded.
    const padding = packet[end - 1] as number;
    if (!last || padding === 0 || padding % 4 !== 0 || padding > end - 4) return 'length';
    end -= padding;
  }
  if (type < SR || type > BYE) return undefined;
  const needed = (FIXED[type - SR] as number) + (first & 0x1f) * (EACH[type - SR] as number);
  if (needed > end) return 'counts';
  // A copy without padding and, in reports, without profile-specific extensions, which rtp.js refuses.
  // By `new`, since node's Buffer redefines `slice` as a view.
  const bare = new Uint8Array(packet.subarray(0, type <= RR ? needed : end));
  bare[0] = first & ~0x20;
  writeU16(bare, 2, bare.length / 4 - 1);
  try {
    extract(type, new DataView(bare.buffer), found);
    return undefined;
  } catch {
    // rtp.js throws where bounds inside SDES items and BYE reasons do not hold.
    return 'counts';
  }
}

function extract(type: number, view: DataView, { senders, reports, cnames, goodbyes }: Findings): void {
  if (type === SR) {
    const packet = new SenderReportPacket(view);
    senders.push({
      ssrc: packet.getSsrc(),
      ntp: { seconds: packet.getNtpSeconds(), fraction: packet.getNtpFraction() },
      rtpTimestamp: packet.getRtpTimestamp(),
      packets: packet.getPacketCount(),
      octets: packet.getOctetCount(),
    });
    for (const report of packet.getReports()) reports.push(toBlock(report));
  } else if (type === RR) {
    for (const report of new ReceiverReportPacket(view).getReports()) reports.push(toBlock(report));
  } else if (type === SDES) {
    for (const chunk of new SdesPacket(view).getChunks()) {
      for (const item of chunk.getItems()) {
        if (item.type === CNAME) cnames.push({ ssrc: chunk.getSsrc(), cname: item.text });
      }
    }
  } else {
    goodbyes.push(...new ByePacket(view).getSsrcs());
  }
}

const toBlock = (report: ReceptionReport): ReportBlock => ({
  ssrc: report.getSsrc(),
  fractionLost: report.getFractionLost(),
  // Read here: rtp.js 0.15.5 keeps 12 bits of it and takes it for sign and magnitude.
  cumulativeLost: (report.getView().getInt32(LOSS_AT) << 8) >> 8,
  highestSequence: report.getHighestSeqNumber(),
  jitter: report.getJitter(),
  lastSenderReport: report.getLastSRTimestamp(),
  delaySinceLastSenderReport: report.getDelaySinceLastSR(),
});

/** What a compound packet of ours says: SR when `sender` is there, else RR, then SDES CNAME, then BYE if leaving. */
export interface RtcpContent {
  readonly ssrc: number;
  readonly cname: string;
  readonly sender?: Omit<SenderInfo, 'ssrc'>;
  readonly reports: readonly ReportBlock[];
  readonly bye?: boolean;
}

/** Builds a compound packet (RFC 3550 section 6.1). `cname`: at most 255 octets. */
export function buildRtcp({ ssrc, cname, sender, reports, bye }: RtcpContent): Uint8Array {
  const compound = new CompoundPacket();
  const report = sender === undefined ? new ReceiverReportPacket() : toSenderReport(sender);
  report.setSsrc(ssrc);
  report.setReports(reports.map(toReceptionReport));
  compound.addPacket(report);
  const sdes = new SdesPacket();
  const chunk = new SdesChunk();
  chunk.setSsrc(ssrc);
  chunk.addItem(CNAME, cname);
  sdes.addChunk(chunk);
  compound.addPacket(sdes);
  if (bye === true) {
    const goodbye = new ByePacket();
    goodbye.setSsrcs([ssrc]);
    compound.addPacket(goodbye);
  }
  compound.serialize();
  const view = compound.getView();
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function toSenderReport({ ntp, rtpTimestamp, packets, octets }: Omit<SenderInfo, 'ssrc'>): SenderReportPacket {
  const report = new SenderReportPacket();
  report.setNtpSeconds(ntp.seconds);
  report.setNtpFraction(ntp.fraction);
  report.setRtpTimestamp(rtpTimestamp);
  report.setPacketCount(packets >>> 0);
  report.setOctetCount(octets >>> 0);
  return report;
}

function toReceptionReport(block: ReportBlock): ReceptionReport {
  const report = new ReceptionReport();
  report.setSsrc(block.ssrc);
  report.setHighestSeqNumber(block.highestSequence);
  report.setJitter(block.jitter);
  report.setLastSRTimestamp(block.lastSenderReport);
  report.setDelaySinceLastSR(block.delaySinceLastSenderReport);
  report.getView().setUint32(LOSS_AT, ((block.fractionLost << 24) | (block.cumulativeLost & 0xffffff)) >>> 0);
  return report;
}
