import type { AudioSection, CandidateFacts } from '@earshot/telemetry';
import { readCandidate } from './candidates.js';
import { optional } from './printable.js';

/** As many as one message may carry. */
const MOST = 32;

const DIRECTION = /^a=(sendrecv|sendonly|recvonly|inactive)$/m;
const SETUP = /^a=setup:(actpass|active|passive|holdconn)$/m;
const RTPMAP = /^a=rtpmap:(\d+) ([\w.+-]{1,64})\//gm;
/** Payload types that need no rtpmap (RFC 3551 section 6). */
const STATIC: Readonly<Record<string, string>> = { 0: 'PCMU', 8: 'PCMA', 9: 'G722', 13: 'CN' };

/** What the first audio section of a description says about sound; undefined where there is none. */
export function readAudioSection(sdp: string): AudioSection | undefined {
  // Lines end with CRLF (RFC 8866 section 5); whoever munges descriptions forgets it.
  const [session = '', ...sections] = sdp.replace(/\r\n/g, '\n').split(/^(?=m=)/m);
  const section = sections.find((each) => each.startsWith('m=audio '));
  if (section === undefined) return undefined;
  const of = (pattern: RegExp): string | undefined => (pattern.exec(section) ?? pattern.exec(session))?.[1];
  const [port = '0', , ...types] = section.slice('m=audio '.length).split('\n', 1)[0]?.split(' ') ?? [];
  const names = new Map([...section.matchAll(RTPMAP)].map(([, type = '', name = '']) => [type, name]));
  const named = types.map((type) => names.get(type) ?? STATIC[type]).filter((name) => name !== undefined);
  const codecs = [...new Set(named)].filter((name) => name !== 'telephone-event').slice(0, MOST);
  const setup = of(SETUP) as AudioSection['setup'];
  const address = of(/^c=IN IP[46] ([\w.:%-]{1,256})$/m);
  const packetMs = Number(of(/^a=ptime:(\d{1,4})$/m));
  return {
    direction: (of(DIRECTION) ?? 'sendrecv') as AudioSection['direction'],
    codecs,
    telephoneEvents: named.includes('telephone-event'),
    ...optional('address', address),
    ...(/^\d{1,5}$/.test(port) && Number(port) < 65_536 ? { port: Number(port) } : {}),
    ...optional('setup', setup),
    ...(packetMs > 0 ? { packetMs } : {}),
  };
}

export const readCandidates = (sdp: string): readonly CandidateFacts[] =>
  [...sdp.matchAll(/^a=(candidate:.*)$/gm)]
    .map(([, candidate = '']) => readCandidate(candidate))
    .filter((candidate) => candidate !== undefined)
    .slice(0, MOST);
