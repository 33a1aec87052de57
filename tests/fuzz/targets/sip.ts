import { parseSipMessage, toJson } from '@earshot/sip';
import fc from 'fast-check';
import type { FuzzTarget } from '../campaign.js';
import { bytesOf, element, linesOf } from './text.js';

const HEADERS = [
  'Via: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK776;rport;received=192.0.2.9, SIP/2.0/TCP [2001:db8::1];branch=z9hG4bK2',
  'Max-Forwards: 70',
  'From: "Alice \\"A\\" \u00e9" <sip:alice@example.com;transport=udp?subject=x>;tag=1928301774',
  'To: <sip:+49891234@example.com;user=phone>',
  'Call-ID: a84b4c76e66710@192.0.2.4',
  'CSeq: 314159 INVITE',
  'Contact: <sip:alice@192.0.2.4:5060>;expires=3600;q=0.5',
  'Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>',
  'Route: <sip:p1.example.com;lr>',
  'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS',
  'Supported: 100rel, timer',
  'Require: 100rel',
  'WWW-Authenticate: Digest realm="example.com", nonce="84a4cc6f", algorithm=MD5, qop="auth,auth-int", stale=FALSE',
  'Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2',
  'Content-Type: application/sdp',
  'Content-Length: 4',
  'Reason: Q.850;cause=16;text="Terminated"',
  'Subject: folded\r\n continuation',
  'v: SIP/2.0/UDP short.example.com',
];

const START_LINES = [
  'INVITE sip:bob@example.com SIP/2.0',
  'ACK sip:bob@192.0.2.1:5060;transport=udp SIP/2.0',
  'BYE sips:bob@[2001:db8::2] SIP/2.0',
  'OPTIONS tel:+4989123;phone-context=example.com SIP/2.0',
  'SIP/2.0 180 Ringing',
  'SIP/2.0 401 Unauthorized',
];

const structured = fc
  .tuple(linesOf(START_LINES, 1), linesOf(HEADERS, 24), fc.constantFrom('\r\n', '\n', ''), element)
  .map(([start, headers, end, body]) => bytesOf(`${start}${headers}${end}${body}`));

const whole = (start: string): Uint8Array => bytesOf(`${start}\r\n${HEADERS.join('\r\n')}\r\n\r\nbody`);

export const sip: FuzzTarget = {
  name: 'SIP',
  seeds: START_LINES.map(whole),
  structured,
  create: () => (input) => {
    const message = parseSipMessage(input);
    if (message.ok) JSON.stringify(toJson(message.value));
  },
};
