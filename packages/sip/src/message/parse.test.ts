import { describe, expect, it } from 'vitest';
import { requestText, wire } from '../testing/messages.js';
import { INVALID, VALID } from '../testing/rfc4475.js';
import { toJson } from './json.js';
import type { SipMessage } from './message.js';
import { tagOf } from './name-addr.js';
import { MAX_MESSAGE_BYTES, parseSipMessage, readMessage } from './parse.js';
import { printMessage } from './print.js';
import { printUri, uriUser } from './uri.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

function parse(text: string): SipMessage {
  const read = parseSipMessage(encodeUtf8(text));
  if (!read.ok) throw new Error(`${read.error.where}: ${read.error.detail}`);
  return read.value;
}

const mistake = (text: string) => {
  const read = parseSipMessage(encodeUtf8(text));
  return read.ok ? 'valid' : `${read.error.where}: ${read.error.detail}`;
};

describe('torture tests of RFC 4475 and RFC 5118', () => {
  it.each(Object.entries(VALID))('takes %s', (_, text) => {
    const message = parse(text);
    const printed = printMessage(message);
    const again = parse(decodeUtf8(printed));
    expect({ ...again, headers: [] }).toEqual({ ...message, headers: [] });
    expect(printMessage(again)).toEqual(printed);
  });

  it.each(Object.entries(INVALID))('refuses %s', (_, [where, text]) => {
    const read = parseSipMessage(encodeUtf8(text));
    expect(read).toMatchObject({ ok: false, error: { code: 'sip.bad_message', where } });
  });

  it('understands the short tortuous INVITE', () => {
    const message = parse(VALID['wsinv: white space and folds everywhere (3.1.1.1)'] ?? '');
    expect(message.from.displayName).toBe('J Rosenberg \\"');
    expect([tagOf(message.from), tagOf(message.to)]).toEqual(['98asjd8', '1918181833n']);
    expect(message.cseq).toEqual({ number: 9, method: 'INVITE' });
    expect(message.via.map(({ transport, host }) => `${transport} ${host}`)).toEqual([
      'UDP 192.0.2.2',
      'TCP spindle.example.com',
      'UDP 192.168.255.111',
    ]);
    expect(message.via[1]?.params.get('branch')).toBe('z9hG4bK9ikj8');
    expect(message.headers.get('newfangledheader')).toBe('newfangled value continued newfangled value');
    expect(message.headers.get('SUBJECT')).toBe('');
    expect(message.headers.get('Contact')).toContain('q = 0.33');
    expect(decodeUtf8(message.body)).toBe('v=0\r\n');
  });

  it('tells an escaped user part from its plain text', () => {
    const { to } = parse(VALID['esc01: escapes in URIs (3.1.1.3)'] ?? '');
    expect([printUri(to.uri), uriUser(to.uri)]).toEqual(['sip:%75se%72@example.com', 'user']);
  });
});

describe('one canonical parse', () => {
  it('finds headers by any case, compact form, and with white space before the colon', () => {
    const message = parse(requestText('INVITE', { more: 'sUbJeCt \t :  hello  \r\nk: a, b\r\nSupported : c' }));
    expect(message.headers.get('s')).toBe('hello');
    expect(message.headers.list('supported')).toEqual(['a', 'b', 'c']);
    expect(decodeUtf8(printMessage(message))).toContain('\r\nSubject: hello\r\n');
  });

  it('keeps commas inside quotes and brackets in their item', () => {
    const { headers } = parse(requestText('INVITE', { more: 'Route: "a, \\"b" <sip:a,b@h>, <sip:c@h>' }));
    expect(headers.list('Route')).toEqual(['"a, \\"b" <sip:a,b@h>', '<sip:c@h>']);
  });

  it('never prints a value as a line of its own', () => {
    const message = parse(requestText());
    const headers = message.headers.with('Subject', 'x\r\nEvil: 1\u0000');
    const printed = decodeUtf8(printMessage({ ...message, headers }));
    expect(printed).toContain('Subject: x Evil: 1 \r\n');
  });

  it('cuts a datagram to its Content-Length, and takes all of it without one', () => {
    expect(decodeUtf8(parse(`${requestText('INVITE', { contentLength: 'l: 2' })}abcd`).body)).toBe('ab');
    expect(decodeUtf8(parse(`${requestText('INVITE', { contentLength: null })}abcd`).body)).toBe('abcd');
  });

  it('takes LF in a text, where people have edited it, but not on the wire', () => {
    const text = requestText().replaceAll('\r\n', '\n');
    expect(parseSipMessage(text).ok).toBe(true);
    expect(parseSipMessage(encodeUtf8(text)).ok).toBe(false);
  });

  it('skips empty lines in front', () => {
    expect(parse(`\r\n\r\n${requestText()}`)).toMatchObject({ method: 'INVITE' });
  });
});

describe('mistakes and their places', () => {
  it.each<[string, string, Record<string, string | null>]>([
    ['line 2, column 19: that is no IPv4 address', 'Via', { via: 'Via: SIP/2.0/UDP  192.0.2.300;branch=z9hG4bK1' }],
    ['line 2, column 25: a port is at most 65535', 'port', { via: 'Via: SIP/2.0/UDP host.a:65536' }],
    ['line 2, column 6: a Via begins "SIP/2.0/"', 'Via version', { via: 'Via: SIP/3.0/UDP host' }],
    ['line 2, column 27: the parameter a is given twice', 'twice', { via: 'Via: SIP/2.0/UDP host;a=1;a=2' }],
    ['line 3, column 15: Max-Forwards is at most 255', 'hops', { maxForwards: 'Max-Forwards: 300' }],
    [
      'line 4, column 12: a URI is missing: in angle brackets, or beginning with a scheme',
      'From',
      { from: 'From: alice' },
    ],
    ['line 5, column 12: a URI in angle brackets is not closed', 'To', { to: 'To: "Bob" <sip:bob@192.0.2.2' }],
    ['line 5, column 11: this character must be escaped in a user part', 'user', { to: 'To: <sip:b\\ob@h>' }],
    ['line 5, column 10: a % must be followed by two hexadecimal digits', 'escape', { to: 'To: <sip:%zz@h>' }],
    ['line 6, column 14: nothing may follow here', 'Call-ID', { callId: 'Call-ID: one two' }],
    ['line 9, column 1: a header line is a name, a colon and a value', 'colon', { more: 'no colon here' }],
    ['line 9, column 11: a control character is not allowed here', 'NUL', { more: 'Subject: a\u0000b' }],
    ['line 9, column 11: a control character is not allowed here', 'bare LF', { more: 'Subject: a\nEvil: 1' }],
    ['line 9, column 11: a control character is not allowed here', 'bare CR', { more: 'Subject: a\rb' }],
    ['line 10, column 7: that is no IPv6 address', 'fold', { more: 'm:\r\n <sip:[1::2::3]>' }],
  ])('%s (%s)', (expected, _, change) => {
    expect(mistake(requestText('INVITE', change))).toBe(expected);
  });

  it('is bounded in size, lines and line length', () => {
    expect(parseSipMessage(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toMatchObject({ ok: false });
    expect(mistake(requestText('INVITE', { more: `Subject: ${'x'.repeat(9000)}` }))).toContain('line 9, column 1');
    const many = Array.from({ length: 300 }, (_, index) => `X-${index}: y`).join('\r\n');
    expect(mistake(requestText('INVITE', { more: many }))).toContain('at most 256 header lines');
  });

  it('takes time in proportion to the size of what it reads', () => {
    const fill = (line: string) => requestText('INVITE', { more: Array.from({ length: 7 }, () => line).join('\r\n') });
    const hostile = [
      fill(`Subject: a${' '.repeat(8000)}b`),
      fill(`Subject:${'\r\n '.repeat(2700)}b`),
      fill(`m: ${'sip:a,'.repeat(1300)}sip:a`),
      fill(`Route: ${'<sip:a>,'.repeat(990)}<sip:a>`),
      fill(`m: ${'"'.repeat(8000)}`),
      fill(`Via: ${'SIP/2.0/UDP h,'.repeat(570)}SIP/2.0/UDP h`),
      fill(`m: <sip:a${';b'.repeat(3900)}>`),
      requestText('INVITE', { more: ' '.repeat(60_000) }),
    ];
    for (const text of hostile) {
      const bytes = encodeUtf8(text);
      const start = performance.now();
      parseSipMessage(bytes);
      expect(performance.now() - start, text.slice(200, 300)).toBeLessThan(250);
    }
  });

  it('wants the empty line after the headers', () => {
    expect(mistake('INVITE sip:a@h SIP/2.0\r\n')).toContain('the empty line after the headers is missing');
    expect(mistake('')).toContain('line 1, column 1');
  });

  it('says what can still be answered: 400 and 505 for requests, nothing for ACK and responses', () => {
    const answer = (text: string) => {
      const read = readMessage(encodeUtf8(text));
      return 'message' in read ? 'valid' : read.answer?.status;
    };
    expect(answer(requestText('INVITE', { more: 'no colon' }))).toBe(400);
    expect(answer(requestText('INVITE', { start: 'INVITE sip:bob@h SIP/7.0' }))).toBe(505);
    expect(answer(requestText('ACK', { more: 'no colon' }))).toBe(undefined);
    expect(answer(requestText('INVITE', { start: 'SIP/2.0 999 x' }))).toBe(undefined);
    expect(answer(requestText('INVITE', { via: 'Via: rubbish' }))).toBe(undefined);
  });
});

it('gives plain data for JSON', () => {
  const json = toJson(parse(`${requestText('INVITE', { contentLength: null })}v=0`));
  expect(JSON.parse(JSON.stringify(json))).toMatchObject({
    kind: 'request',
    method: 'INVITE',
    uri: { text: 'sip:bob@192.0.2.2', scheme: 'sip', user: 'bob', host: '192.0.2.2', params: {} },
    via: [{ transport: 'UDP', host: '192.0.2.1', port: 5060, params: { branch: 'z9hG4bK1', rport: true } }],
    from: { displayName: 'Alice', params: { tag: 'a1' } },
    callId: 'call-1@192.0.2.1',
    cseq: { number: 1, method: 'INVITE' },
    body: 'v=0',
  });
});

it('reads a response', () => {
  const text = wire('SIP/2.0 486 Busy Here', ...requestText().split('\r\n').slice(1));
  expect(parse(text)).toMatchObject({ kind: 'response', status: 486, reason: 'Busy Here' });
});
