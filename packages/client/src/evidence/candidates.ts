import { LIMITS } from '@earshot/signaling';
import type { CandidateFacts } from '@earshot/telemetry';
import type { CandidateError } from '../browser.js';
import { turnTransport } from '../media/ice-settings.js';
import { optional, printable } from './printable.js';

const CANDIDATE = /^(?:a=)?candidate:\S+ (\d+) (\S+) \d+ ([\w.:%-]{1,256}) (\d+) typ (host|srflx|prflx|relay)\b/;

/** Reads a candidate attribute. Undefined for its end, for another form, and for RTCP, which Firefox gathers too. */
export function readCandidate(text: string, url = ''): CandidateFacts | undefined {
  const [, component, protocol, address, port, type] = CANDIDATE.exec(text) ?? [];
  if (component !== '1' || protocol === undefined || address === undefined || !(Number(port) < 65_536))
    return undefined;
  return {
    type: type as CandidateFacts['type'],
    protocol: protocol.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
    address,
    port: Number(port),
    ...(type === 'relay' && url !== '' ? { relayProtocol: turnTransport(url) } : {}),
    ...(url === '' ? {} : { url }),
  };
}

export function readError({ url, errorCode, errorText, address }: CandidateError) {
  return {
    url: url.slice(0, LIMITS.addressLength),
    errorCode: Math.min(999, Math.max(0, Math.trunc(errorCode))),
    ...optional('errorText', printable(errorText)),
    ...optional('address', printable(address)),
  };
}
