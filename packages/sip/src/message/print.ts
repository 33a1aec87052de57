import { concat } from '@earshot/base';
import { headerKey } from './headers.js';
import type { SipMessage } from './message.js';
import { printNameAddr } from './name-addr.js';
import { printUri } from './uri.js';
import { encodeUtf8 } from './utf8.js';
import { printVia } from './via.js';

// Section 7.3.1 asks for what proxies need to stand near the top.
const FOR_PROXIES = new Set(['route', 'record-route', 'proxy-require', 'max-forwards', 'proxy-authorization']);

/** No value can begin a line of its own, wherever it came from. */
const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

export function printMessage(message: SipMessage): Uint8Array {
  const { via, from, to, callId, cseq, headers, body } = message;
  const others = headers.fields.filter(({ name }) => headerKey(name) !== 'content-length');
  const print = ({ name, value }: { name: string; value: string }) => `${name}: ${value}`;
  const lines = [
    message.kind === 'request'
      ? `${message.method} ${printUri(message.uri)} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`,
    ...via.map((hop) => `Via: ${printVia(hop)}`),
    ...others.filter(({ name }) => FOR_PROXIES.has(headerKey(name))).map(print),
    `From: ${printNameAddr(from)}`,
    `To: ${printNameAddr(to)}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq.number} ${cseq.method}`,
    ...others.filter(({ name }) => !FOR_PROXIES.has(headerKey(name))).map(print),
    `Content-Length: ${body.length}`,
  ];
  return concat(encodeUtf8(`${lines.map(oneLine).join('\r\n')}\r\n\r\n`), body);
}
