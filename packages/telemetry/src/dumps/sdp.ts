import type { AudioSection } from '../browser-event.js';
import type { CandidateFacts } from '../candidate.js';
import { portOf } from './values.js';

const LINES_LIMIT = 2_000;
const CANDIDATES_LIMIT = 32;
const DIRECTIONS: ReadonlySet<string> = new Set<AudioSection['direction']>([
  'sendrecv',
  'sendonly',
  'recvonly',
  'inactive',
]);
const SETUPS: ReadonlySet<string> = new Set(['actpass', 'active', 'passive', 'holdconn']);

/** Payload types that need no rtpmap (RFC 3551 section 6), of those that phones use. */
const STATIC_CODECS: Readonly<Record<string, string>> = {
  0: 'PCMU',
  3: 'GSM',
  4: 'G723',
  8: 'PCMA',
  9: 'G722',
  18: 'G729',
};

/** What a description says of sound, with the first audio section it has. */
export interface DescribedAudio {
  readonly audio: AudioSection;
  readonly candidates: readonly CandidateFacts[];
  /** Payload types with the codecs they stand for, telephone-event and comfort noise included. */
  readonly payloads: ReadonlyMap<number, string>;
  /** The sender's RTCP, where it is not at the port after RTP (RFC 3605). */
  readonly rtcpPort?: number;
}

/**
 * Reads the first audio section of an SDP text (RFC 8866), tolerantly: this is about what others wrote, and a line that
 * makes no sense must not hide the others. Undefined: there is none.
 */
export function readAudio(sdp: string): DescribedAudio | undefined {
  const lines = sdp.split(/\r?\n/, LINES_LIMIT);
  const start = lines.findIndex((line) => line.startsWith('m=audio '));
  if (start < 0) return undefined;
  const next = lines.findIndex((line, index) => index > start && line.startsWith('m='));
  const section = lines.slice(start, next < 0 ? lines.length : next);
  const first = lines.findIndex((line) => line.startsWith('m='));
  const session = lines.slice(0, first);
  const attribute = (prefix: string): string | undefined =>
    (section.find((line) => line.startsWith(prefix)) ?? session.find((line) => line.startsWith(prefix)))
      ?.slice(prefix.length)
      .trim();
  const [, port = '', , ...formats] = (section[0] ?? '').trim().split(/\s+/);
  const names = rtpmaps(section);
  const payloads = new Map<number, string>();
  for (const format of formats.slice(0, 64)) {
    const name = names.get(format) ?? STATIC_CODECS[format];
    if (name !== undefined) payloads.set(Number(format), name);
  }
  const direction = [...section, ...session].map((line) => line.slice(2).trim()).find((name) => DIRECTIONS.has(name));
  const setup = attribute('a=setup:') ?? '';
  const address = attribute('c=')?.split(/[\s/]+/)[2];
  const numericPort = portOf(port);
  const packetMs = Number(attribute('a=ptime:'));
  const rtcpPort = portOf(attribute('a=rtcp:')?.split(' ')[0]);
  return {
    audio: {
      // A section that is refused (port 0) carries nothing, whatever else it says (RFC 3264 section 6).
      direction: Number(port) === 0 ? 'inactive' : ((direction ?? 'sendrecv') as AudioSection['direction']),
      codecs: [...new Set([...payloads.values()].filter((name) => !/^(telephone-event|CN)$/i.test(name)))],
      telephoneEvents: [...payloads.values()].some((name) => /^telephone-event$/i.test(name)),
      ...(address === undefined ? {} : { address }),
      ...(numericPort === undefined ? {} : { port: numericPort }),
      ...(SETUPS.has(setup) ? { setup: setup as NonNullable<AudioSection['setup']> } : {}),
      ...(packetMs > 0 && packetMs <= 1_000 ? { packetMs } : {}),
    },
    candidates: section
      .filter((line) => line.startsWith('a=candidate:'))
      .slice(0, CANDIDATES_LIMIT)
      .flatMap((line) => readCandidate(line) ?? []),
    payloads,
    ...(rtcpPort === undefined ? {} : { rtcpPort }),
  };
}

function rtpmaps(section: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const line of section) {
    const [, format, name] = /^a=rtpmap:(\d{1,3})\s+([\w.+-]{1,32})\//.exec(line) ?? [];
    if (format !== undefined && name !== undefined) names.set(format, name);
  }
  return names;
}

const TYPES: ReadonlySet<string> = new Set<CandidateFacts['type']>(['host', 'srflx', 'prflx', 'relay']);

/** Reads `candidate:...` (RFC 8839 section 5.1), with or without `a=`. */
export function readCandidate(line: string): CandidateFacts | undefined {
  const [, , transport = '', , address = '', port, , type = ''] = line
    .replace(/^(a=)?candidate:/, '')
    .trim()
    .split(/\s+/);
  if (!TYPES.has(type) || address === '') return undefined;
  const number = portOf(port);
  return {
    type: type as CandidateFacts['type'],
    protocol: transport.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
    address: address.slice(0, 64),
    ...(number === undefined ? {} : { port: number }),
  };
}
