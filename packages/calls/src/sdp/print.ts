import { addressType } from './ip-address.js';
import type { AudioFormat, AudioSection, MediaSection, SessionDescription } from './session-description.js';

/**
 * Writes a session description (RFC 8866), lines ended by CRLF. The writer of sdp-transform is not used: it rounds the
 * version of o= to 53 bits and holds one fingerprint.
 */
export function printSdp({ origin, connection, iceLite, iceOptions, bundle, sections }: SessionDescription): string {
  const { username, sessionId, sessionVersion, address } = origin;
  const lines = [
    'v=0',
    `o=${username} ${sessionId} ${sessionVersion} IN ${addressType(address)} ${address}`,
    's=-',
    ...(connection === undefined ? [] : [connectionLine(connection)]),
    't=0 0',
    ...(iceLite ? ['a=ice-lite'] : []),
    ...(iceOptions.length === 0 ? [] : [`a=ice-options:${iceOptions.join(' ')}`]),
    ...(bundle.length === 0 ? [] : [`a=group:BUNDLE ${bundle.join(' ')}`]),
    ...sections.flatMap((section) => sectionLines(section, connection)),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

const connectionLine = (address: string): string => `c=IN ${addressType(address)} ${address}`;

function sectionLines(section: MediaSection, connection: string | undefined): string[] {
  if (section.kind === 'audio') return audioLines(section, connection);
  const { media, port, protocol, formats, mid } = section;
  return [
    `m=${media} ${port} ${protocol} ${formats}`.trimEnd(),
    // Firefox refuses a description in which any section, even a rejected one, is without c=.
    ...(connection === undefined ? [connectionLine('0.0.0.0')] : []),
    ...given(mid, (id) => `a=mid:${id}`),
    'a=inactive',
  ];
}

/** The line for a value, or none where there is no value. */
const given = <T>(value: T | undefined, line: (value: T) => string): string[] =>
  value === undefined ? [] : [line(value)];

function audioLines(section: AudioSection, connection: string | undefined): string[] {
  const { address, rtcp, ice, msid } = section;
  const payloadTypes = section.formats.map(({ payloadType }) => payloadType).join(' ');
  return [
    `m=audio ${section.port} ${section.protocol} ${payloadTypes}`.trimEnd(),
    ...(address === undefined || address === connection ? [] : [connectionLine(address)]),
    ...section.formats.flatMap(formatLines),
    ...given(section.ptimeMs, (ms) => `a=ptime:${ms}`),
    ...given(section.maxPtimeMs, (ms) => `a=maxptime:${ms}`),
    ...given(section.mid, (mid) => `a=mid:${mid}`),
    ...given(ice, ({ ufrag }) => `a=ice-ufrag:${ufrag}`),
    ...given(ice, ({ pwd }) => `a=ice-pwd:${pwd}`),
    ...section.fingerprints.map(({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`),
    ...given(section.setup, (role) => `a=setup:${role}`),
    ...given(
      rtcp,
      ({ port, address: to }) => `a=rtcp:${port}${to === undefined ? '' : ` IN ${addressType(to)} ${to}`}`,
    ),
    ...(section.rtcpMux ? ['a=rtcp-mux'] : []),
    ...(section.bundleOnly ? ['a=bundle-only'] : []),
    ...given(msid, ({ stream, track }) => `a=msid:${stream}${track === undefined ? '' : ` ${track}`}`),
    `a=${section.direction}`,
    ...section.candidates.map(
      ({ foundation, component, transport, priority, address: host, port, type }) =>
        `a=candidate:${foundation} ${component} ${transport} ${priority} ${host} ${port} typ ${type}`,
    ),
    ...(section.endOfCandidates ? ['a=end-of-candidates'] : []),
  ];
}

function formatLines({ payloadType, name, clockRate, channels, fmtp }: AudioFormat): string[] {
  const encoding = `${name}/${clockRate}${channels === 1 ? '' : `/${channels}`}`;
  return [`a=rtpmap:${payloadType} ${encoding}`, ...given(fmtp, (parameters) => `a=fmtp:${payloadType} ${parameters}`)];
}
