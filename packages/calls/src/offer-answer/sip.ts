import { type CodecName, type LegMedia, ok, type Result, type RtpRemote, type TransportAddress } from '@earshot/base';
import { isIpAddress, isUnspecified } from '../sdp/ip-address.js';
import { badSdp } from '../sdp/lines.js';
import { parseSdp } from '../sdp/parse.js';
import { printSdp } from '../sdp/print.js';
import type { AudioFormat, AudioSection, Direction, MediaSection } from '../sdp/session-description.js';
import {
  type Accepted,
  type Answered,
  answerSections,
  codecMismatch,
  findAudio,
  type LocalSession,
  type RemoteOffer,
  toOffer,
} from './description.js';
import { negotiateMedia, offeredFormats, toFormats } from './formats.js';

/** Our side of a plain RTP leg. RTCP is at the port after `rtp` (RFC 3550 section 11). */
export interface SipLocal {
  readonly rtp: TransportAddress;
  readonly session: LocalSession;
}

const PROTOCOLS = ['RTP/AVP', 'RTP/AVPF'];
const PTIME_MS = 20;

/** Reads the offer of a SIP peer. Faults: `media.bad_sdp`, `media.no_audio`. */
export function readSipOffer(sdp: string): Result<RemoteOffer> {
  const description = parseSdp(sdp);
  if (!description.ok) return description;
  const audio = findAudio(description.value, PROTOCOLS);
  if (!audio.ok) return audio;
  const remote = readRemote(audio.value);
  return remote.ok ? ok(toOffer(description.value, audio.value)) : remote;
}

/** Answers a SIP peer (RFC 3264 section 6) with these codecs. Fault: `media.codec_mismatch`. */
export function answerSip(
  offer: RemoteOffer,
  local: SipLocal,
  names: readonly CodecName[],
): Result<Answered<RtpRemote>> {
  const { audio } = offer;
  const remote = readRemote(audio);
  if (!remote.ok) return remote;
  const media = negotiate(audio, names);
  if (media === undefined) return codecMismatch(names, audio);
  const section = localSection(local, audio.protocol, toFormats(media), media.direction, media.ptimeMs);
  return ok({ sdp: print(local, answerSections(offer, section)), media, remote: remote.value });
}

export const offerToSip = (local: SipLocal, names: readonly CodecName[]): string =>
  print(local, [localSection(local, 'RTP/AVP', offeredFormats(names), 'sendrecv', PTIME_MS)]);

/** Takes the answer to `offerToSip(_, names)`. Faults: `media.bad_sdp`, `media.no_audio`, `media.codec_mismatch`. */
export function acceptSipAnswer(names: readonly CodecName[], sdp: string): Result<Accepted<RtpRemote>> {
  const offer = readSipOffer(sdp);
  if (!offer.ok) return offer;
  const { audio, codecs } = offer.value;
  const remote = readRemote(audio);
  if (!remote.ok) return remote;
  const media = negotiate(
    audio,
    codecs.filter((name) => names.includes(name)),
  );
  return media === undefined ? codecMismatch(names, audio) : ok({ media, remote: remote.value });
}

/** A peer at the unspecified address receives nothing, whatever its direction says (RFC 3264 section 8.4). */
function negotiate(audio: AudioSection, names: readonly CodecName[]): LegMedia | undefined {
  const media = negotiateMedia(audio, names);
  if (media === undefined || audio.address === undefined || !isUnspecified(audio.address)) return media;
  return {
    ...media,
    direction: media.direction === 'sendrecv' || media.direction === 'recvonly' ? 'recvonly' : 'inactive',
  };
}

function readRemote({ address, port, rtcp }: AudioSection): Result<RtpRemote> {
  if (address === undefined) return badSdp('no c= line for the audio section');
  if (!isIpAddress(address)) return badSdp('c= holds no IP address');
  const rtp = { address, port };
  // Where a=rtcp says (RFC 3605), else the port after. An offered a=rtcp-mux is declined and so changes nothing.
  if (rtcp === undefined) return ok({ rtp, rtcp: { address, port: Math.min(port + 1, 65_535) } });
  const rtcpAddress = rtcp.address ?? address;
  return isIpAddress(rtcpAddress)
    ? ok({ rtp, rtcp: { address: rtcpAddress, port: rtcp.port } })
    : badSdp('a=rtcp holds no IP address');
}

function localSection(
  { rtp }: SipLocal,
  protocol: string,
  formats: readonly AudioFormat[],
  direction: Direction,
  ptimeMs: number,
): AudioSection {
  return {
    kind: 'audio',
    port: rtp.port,
    protocol,
    formats,
    address: rtp.address,
    direction,
    ptimeMs,
    // Not taken up: the worker has a port pair, and a pair is what every phone can do.
    rtcpMux: false,
    bundleOnly: false,
    fingerprints: [],
    candidates: [],
    endOfCandidates: false,
  };
}

const print = ({ rtp, session }: SipLocal, sections: readonly MediaSection[]): string =>
  printSdp({
    origin: {
      username: 'earshot',
      sessionId: session.id,
      sessionVersion: String(session.version),
      address: rtp.address,
    },
    connection: rtp.address,
    iceLite: false,
    iceOptions: [],
    bundle: [],
    sections,
  });
