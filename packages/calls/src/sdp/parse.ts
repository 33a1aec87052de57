import { err, type Fingerprint, fault, type IceCredentials, ok, type Result } from '@earshot/base';
import sdpTransform, { type ParsedMedia, type ParsedSession } from 'sdp-transform';
import { badSdp, readLines, type SdpLine } from './lines.js';
import { readCandidates, readFormats, toInteger, toText } from './section-values.js';
import type {
  AudioSection,
  Direction,
  MediaSection,
  Origin,
  SessionDescription,
  SetupRole,
} from './session-description.js';

/**
 * Reads a session description (RFC 8866) of at most 64 kB. Never throws.
 * Fault: `media.bad_sdp`, with the line it is about.
 */
export function parseSdp(text: string): Result<SessionDescription> {
  const lines = readLines(text);
  if (!lines.ok) return lines;
  const blocks = splitSections(lines.value);
  const [sessionBlock, ...mediaBlocks] = blocks;
  let parsed: ParsedSession;
  try {
    parsed = sdpTransform.parse(lines.value.map(({ type, value }) => `${type}=${value}`).join('\r\n'));
  } catch (error) {
    return badSdp(error instanceof Error ? error.message : 'unreadable');
  }
  const origin = readOrigin(parsed);
  if (origin === undefined) return badSdp('the o= line is missing or malformed', lineOf(sessionBlock, 'o'));
  const connection = toText(parsed.connection?.ip);
  const sections: MediaSection[] = [];
  for (const [index, media] of parsed.media.entries()) {
    const section = readSection(media, parsed, sessionBlock ?? [], mediaBlocks[index] ?? []);
    if (!section.ok) return section;
    sections.push(section.value);
  }
  const bundle = parsed.groups?.find(({ type }) => type === 'BUNDLE')?.mids;
  return ok({
    origin,
    ...(connection === undefined ? {} : { connection }),
    iceLite: parsed.icelite !== undefined,
    iceOptions: words(sessionBlock?.find(isIceOptions)?.value.slice('ice-options:'.length)),
    bundle: words(toText(bundle)),
    sections,
  });
}

const isIceOptions = ({ type, value }: SdpLine): boolean => type === 'a' && value.startsWith('ice-options:');

const words = (text = ''): readonly string[] => text.split(' ').filter((word) => word !== '');

/** The session-level lines, then the lines of each section, m= line first. */
function splitSections(lines: readonly SdpLine[]): SdpLine[][] {
  const blocks: SdpLine[][] = [[]];
  for (const line of lines) {
    if (line.type === 'm') blocks.push([]);
    blocks.at(-1)?.push(line);
  }
  return blocks;
}

const lineOf = (block: readonly SdpLine[] | undefined, type: string, prefix = ''): number | undefined =>
  (block?.find((line) => line.type === type && line.value.startsWith(prefix)) ?? block?.[0])?.number;

function readOrigin({ origin }: ParsedSession): Origin | undefined {
  const username = toText(origin?.username);
  const sessionId = toText(origin?.sessionId);
  const sessionVersion = toText(origin?.sessionVersion);
  const address = toText(origin?.address);
  if (username === undefined || sessionId === undefined || sessionVersion === undefined || address === undefined) {
    return undefined;
  }
  return { username, sessionId, sessionVersion, address };
}

type Block = readonly SdpLine[];

function readSection(media: ParsedMedia, session: ParsedSession, top: Block, block: Block): Result<MediaSection> {
  const type = toText(media.type);
  const port = toInteger(media.port, 65_535);
  const protocol = toText(media.protocol);
  if (type === undefined || port === undefined || protocol === undefined) {
    return badSdp('malformed m= line', lineOf(block, 'm'));
  }
  const mid = toText(media.mid);
  if (type !== 'audio') {
    const formats = toText(media.payloads) ?? '';
    return ok({ kind: 'other', media: type, port, protocol, formats, ...(mid === undefined ? {} : { mid }) });
  }
  const formats = readFormats(media);
  if (formats === undefined) return badSdp('a payload type is not a number from 0 to 127', lineOf(block, 'm'));
  const ice = readIce(media, session, lineOf(block, 'a', 'ice-'));
  if (!ice.ok) return ice;
  const fingerprints = readFingerprints(block.some(isFingerprint) ? block : top);
  if (!fingerprints.ok) return fingerprints;
  const setup = readSetup(media, session, lineOf(block, 'a', 'setup:'));
  if (!setup.ok) return setup;
  return ok({
    kind: 'audio',
    port,
    protocol,
    formats,
    direction: readDirection(media.direction ?? session.direction),
    rtcpMux: media.rtcpMux !== undefined,
    bundleOnly: media.bundleOnly !== undefined,
    fingerprints: fingerprints.value,
    candidates: readCandidates(media),
    endOfCandidates: media.endOfCandidates !== undefined,
    ...optional('ice', ice.value),
    ...optional('setup', setup.value),
    ...optional('mid', mid),
    ...optional('address', toText(media.connection?.ip) ?? toText(session.connection?.ip)),
    ...optional('ptimeMs', readDuration(media.ptime)),
    ...optional('maxPtimeMs', readDuration(media.maxptime)),
    ...optional('rtcp', readRtcp(media)),
    ...optional('msid', readMsid(media)),
  });
}

/** An object with the key, or without it where there is no value (exactOptionalPropertyTypes). */
function optional<K extends keyof AudioSection>(
  key: K,
  value: AudioSection[K] | undefined,
): { [P in K]?: AudioSection[K] } {
  const object: { [P in K]?: AudioSection[K] } = {};
  if (value !== undefined) object[key] = value;
  return object;
}

const ICE_UFRAG = /^[A-Za-z0-9+/]{4,256}$/;
const ICE_PWD = /^[A-Za-z0-9+/]{22,256}$/;

/** RFC 8839 section 5.4. */
function readIce(media: ParsedMedia, session: ParsedSession, line?: number): Result<IceCredentials | undefined> {
  const ufrag = toText(media.iceUfrag ?? session.iceUfrag);
  const pwd = toText(media.icePwd ?? session.icePwd);
  if (ufrag === undefined && pwd === undefined) return ok(undefined);
  if (ufrag === undefined || pwd === undefined || !ICE_UFRAG.test(ufrag) || !ICE_PWD.test(pwd)) {
    return badSdp('ice-ufrag needs 4 and ice-pwd 22 to 256 characters of ALPHA, DIGIT, "+", "/"', line);
  }
  return ok({ ufrag, pwd });
}

const isFingerprint = ({ type, value }: SdpLine): boolean => type === 'a' && value.startsWith('fingerprint:');
const FINGERPRINT = /^fingerprint:([A-Za-z0-9-]{1,16}) ([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){15,63})$/;

/** From the lines, since there may be several (RFC 8122 section 5) and the library keeps one. */
function readFingerprints(block: Block): Result<readonly Fingerprint[]> {
  const fingerprints: Fingerprint[] = [];
  for (const line of block.filter(isFingerprint)) {
    const [, algorithm, value] = FINGERPRINT.exec(line.value) ?? [];
    if (algorithm === undefined || value === undefined) return badSdp('malformed fingerprint', line.number);
    fingerprints.push({ algorithm: algorithm.toLowerCase(), value: value.toUpperCase() });
  }
  return ok(fingerprints);
}

function readSetup(media: ParsedMedia, session: ParsedSession, line?: number): Result<SetupRole | undefined> {
  const role = media.setup ?? session.setup;
  switch (role) {
    case undefined:
    case 'actpass':
    case 'active':
    case 'passive':
    case 'holdconn':
      return ok(role);
    default:
      return err(fault('media.bad_sdp', 'unknown a=setup role', line === undefined ? undefined : `line ${line}`));
  }
}

const readDirection = (value: unknown): Direction =>
  value === 'sendonly' || value === 'recvonly' || value === 'inactive' ? value : 'sendrecv';

/** ms; undefined for nonsense, which RFC 3264 lets one ignore. */
const readDuration = (value: string | number | undefined): number | undefined => {
  const duration = Number(value);
  return duration > 0 && duration <= 1000 ? duration : undefined;
};

function readRtcp({ rtcp }: ParsedMedia): AudioSection['rtcp'] {
  const port = toInteger(rtcp?.port, 65_535);
  const address = toText(rtcp?.address);
  return port === undefined ? undefined : { port, ...(address === undefined ? {} : { address }) };
}

function readMsid({ msid }: ParsedMedia): AudioSection['msid'] {
  const stream = toText(msid?.[0]?.id);
  const track = toText(msid?.[0]?.appdata);
  return stream === undefined ? undefined : { stream, ...(track === undefined ? {} : { track }) };
}
