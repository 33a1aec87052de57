import {
  type CodecName,
  err,
  type Fingerprint,
  fault,
  hostCandidatePriority,
  type IceCredentials,
  type LegMedia,
  ok,
  type Result,
  type TransportAddress,
  type WebRtcRemote,
} from '@earshot/base';
import { addressType } from '../sdp/ip-address.js';
import { badSdp } from '../sdp/lines.js';
import { parseSdp } from '../sdp/parse.js';
import { printSdp } from '../sdp/print.js';
import type { AudioFormat, AudioSection, Candidate, Direction, SetupRole } from '../sdp/session-description.js';
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
import { negotiateMedia, offeredFormats, offeredRed, selectRed, toFormats } from './formats.js';

/** Our side of a WebRTC leg: an ICE-lite, DTLS-server endpoint (RFC 8445 section 2.5, RFC 8842). */
export interface BrowserLocal {
  readonly ice: IceCredentials;
  readonly fingerprint: Fingerprint;
  /** The addresses that browsers reach us on, best first; at least one. */
  readonly candidates: readonly TransportAddress[];
  readonly session: LocalSession;
}

const PROTOCOLS = ['UDP/TLS/RTP/SAVPF', 'TCP/TLS/RTP/SAVPF', 'RTP/SAVPF'];
const STREAM = { stream: 'earshot', track: 'earshot-audio' };
const OFFER_MID = '0';
/** Where no candidate is known (RFC 8839 section 4.3.1). */
const NOWHERE: TransportAddress = { address: '0.0.0.0', port: 9 };

/** Reads a browser's offer. Faults: `media.bad_sdp`, `media.no_audio`, `dtls.role_conflict`. */
export function readBrowserOffer(sdp: string): Result<RemoteOffer> {
  const description = parseSdp(sdp);
  if (!description.ok) return description;
  const audio = findAudio(description.value, PROTOCOLS);
  if (!audio.ok) return audio;
  const remote = readRemote(audio.value);
  return remote.ok ? ok(toOffer(description.value, audio.value)) : remote;
}

/**
 * Answers a browser (RFC 8829 section 5.3) with these codecs, in this order of preference.
 * Header extensions, RTCP feedback and every section but the audio are declined.
 * Fault: `media.codec_mismatch`.
 */
export function answerBrowser(
  offer: RemoteOffer,
  local: BrowserLocal,
  names: readonly CodecName[],
): Result<Answered<WebRtcRemote>> {
  const { audio, description } = offer;
  const remote = readRemote(audio);
  if (!remote.ok) return remote;
  const media = negotiate(audio, names);
  if (media === undefined) return codecMismatch(names, audio);
  const { mid } = audio;
  const section = localSection(local, audio.protocol, toFormats(media), 'passive', media.direction, mid);
  const bundle = mid !== undefined && description.bundle.includes(mid) ? [mid] : [];
  return ok({ sdp: print(local, bundle, answerSections(offer, section)), media, remote: remote.value });
}

/** Offers a browser these codecs. The browser becomes the DTLS client: `a=setup:actpass` wants `active` (RFC 8842). */
export function offerToBrowser(local: BrowserLocal, names: readonly CodecName[]): string {
  const formats = offeredFormats(names, offeredRed(names));
  return print(
    local,
    [OFFER_MID],
    [localSection(local, 'UDP/TLS/RTP/SAVPF', formats, 'actpass', 'sendrecv', OFFER_MID)],
  );
}

/** Takes the answer to `offerToBrowser(_, names)`. Faults: `media.bad_sdp`, `media.no_audio`, `media.codec_mismatch`. */
export function acceptBrowserAnswer(names: readonly CodecName[], sdp: string): Result<Accepted<WebRtcRemote>> {
  const offer = readBrowserOffer(sdp);
  if (!offer.ok) return offer;
  const { audio, codecs } = offer.value;
  const remote = readRemote(audio);
  if (!remote.ok) return remote;
  // The answer's order counts: its first codec is the one that the browser prefers to receive.
  const media = negotiate(
    audio,
    codecs.filter((name) => names.includes(name)),
  );
  return media === undefined ? codecMismatch(names, audio) : ok({ media, remote: remote.value });
}

/** Browsers may also speak redundantly, and hear it. Phones are offered no such thing: hardly one knows it. */
function negotiate(audio: AudioSection, names: readonly CodecName[]): LegMedia | undefined {
  const media = negotiateMedia(audio, names);
  const red = media && selectRed(audio.formats, media.codecs);
  return media && (red === undefined ? media : { ...media, red });
}

/** The transport of a browser's section, complete: an ICE-lite DTLS server can do nothing with less. */
function readRemote({ ice, fingerprints, setup, rtcpMux }: AudioSection): Result<WebRtcRemote> {
  if (ice === undefined) return badSdp('no a=ice-ufrag and a=ice-pwd');
  if (fingerprints.length === 0) return badSdp('no a=fingerprint');
  if (!rtcpMux) return badSdp('no a=rtcp-mux');
  if (setup === 'passive') return err(fault('dtls.role_conflict', 'a=setup:passive leaves no DTLS client'));
  if (setup === 'holdconn') return badSdp('a=setup:holdconn leaves no DTLS client');
  return ok({ ice, fingerprints });
}

/** No a=ssrc: a single section needs none to be told apart, and the media worker picks the SSRC. */
function localSection(
  { ice, fingerprint, candidates }: BrowserLocal,
  protocol: string,
  formats: readonly AudioFormat[],
  setup: SetupRole,
  direction: Direction,
  mid: string | undefined,
): AudioSection {
  const byDefault = defaultCandidate(candidates);
  return {
    kind: 'audio',
    port: byDefault.port,
    protocol,
    formats,
    address: byDefault.address,
    direction,
    rtcpMux: true,
    bundleOnly: false,
    msid: STREAM,
    ice,
    fingerprints: [fingerprint],
    setup,
    candidates: candidates.map(hostCandidate),
    endOfCandidates: true,
    ...(mid === undefined ? {} : { mid }),
  };
}

/**
 * What m= and c= say (RFC 8445 section 5.1.4): the candidate most likely to work for somebody who reads nothing else,
 * which is one of IPv4 where there is one.
 */
const defaultCandidate = (candidates: readonly TransportAddress[]): TransportAddress =>
  candidates.find(({ address }) => addressType(address) === 'IP4') ?? candidates[0] ?? NOWHERE;

/** A lite agent has host candidates alone (RFC 8445 section 5.2), also behind 1:1 NAT; each address is a foundation. */
const hostCandidate = ({ address, port }: TransportAddress, index: number): Candidate => ({
  foundation: String(index + 1),
  component: 1,
  transport: 'udp',
  priority: hostCandidatePriority(index),
  address,
  port,
  type: 'host',
});

function print(
  { session }: BrowserLocal,
  bundle: readonly string[],
  sections: ReturnType<typeof answerSections>,
): string {
  return printSdp({
    origin: {
      username: 'earshot',
      sessionId: session.id,
      sessionVersion: String(session.version),
      // Unused by WebRTC, and no need to tell (RFC 8829 section 5.2.1).
      address: '127.0.0.1',
    },
    iceLite: true,
    // What an agent of RFC 8445 must say (its section 10).
    iceOptions: ['ice2'],
    bundle,
    sections,
  });
}
