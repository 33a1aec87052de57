import { type CodecName, err, fault, type LegMedia, ok, type Result } from '@earshot/base';
import type { AudioSection, MediaSection, OtherSection, SessionDescription } from '../sdp/session-description.js';
import { knownCodecs } from './formats.js';

/** The o= line of our own descriptions: the version grows with every new one (RFC 3264 section 8). */
export interface LocalSession {
  /** A decimal number below 2^62, as text. */
  readonly id: string;
  readonly version: number;
}

/** An offer that has been read and found usable. */
export interface RemoteOffer {
  readonly description: SessionDescription;
  /** The section that will carry the call; every other one is rejected. */
  readonly audio: AudioSection;
  /** The codecs known here, in the order offered. */
  readonly codecs: readonly CodecName[];
}

/** A text to send together with the outcome that it stands for. */
export interface Answered<Remote> {
  readonly sdp: string;
  readonly media: LegMedia;
  readonly remote: Remote;
}

/** What an answer to our offer settles. */
export interface Accepted<Remote> {
  readonly media: LegMedia;
  readonly remote: Remote;
}

/** The first audio section that is alive and speaks one of these protocols. Fault: `media.no_audio`. */
export function findAudio(description: SessionDescription, protocols: readonly string[]): Result<AudioSection> {
  const alive = description.sections.filter(isAlive);
  const audio = alive.find(({ protocol }) => protocols.includes(protocol));
  if (audio !== undefined) return ok(audio);
  const found = alive.map(({ protocol }) => protocol).join(', ');
  return err(fault('media.no_audio', found === '' ? 'no audio section' : `only with ${found}`));
}

/** Port 0 rejects a section, but for one that rides on another by BUNDLE (RFC 9143 section 6). */
const isAlive = (section: MediaSection): section is AudioSection =>
  section.kind === 'audio' && (section.port !== 0 || section.bundleOnly);

export const toOffer = (description: SessionDescription, audio: AudioSection): RemoteOffer => ({
  description,
  audio,
  codecs: knownCodecs(audio.formats),
});

/** The sections of an answer: ours where the offer has its audio, every other one rejected with port 0. */
export const answerSections = (offer: RemoteOffer, answer: AudioSection): readonly MediaSection[] =>
  offer.description.sections.map((section) => (section === offer.audio ? answer : reject(section)));

function reject(section: MediaSection): OtherSection {
  if (section.kind === 'other') return { ...section, port: 0 };
  const { protocol, mid } = section;
  // An m= line needs a format even when it is rejected (RFC 3264 section 6).
  const formats = section.formats.map(({ payloadType }) => payloadType).join(' ') || '0';
  return { kind: 'other', media: 'audio', port: 0, protocol, formats, ...(mid === undefined ? {} : { mid }) };
}

export const codecMismatch = (wanted: readonly CodecName[], { formats }: AudioSection) =>
  err(
    fault(
      'media.codec_mismatch',
      `wanted: ${wanted.join(', ')}; offered: ${formats.map(({ name }) => name).join(', ')}`,
    ),
  );
