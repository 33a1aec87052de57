import { err, type Fault, fault, ok, type Result } from '@earshot/base';
import { readCoreHeaders } from './core-headers.js';
import { type HeaderLine, splitHeaderLines } from './header-lines.js';
import { Headers, headerName } from './headers.js';
import type { MessageBase, SipMessage } from './message.js';
import { readBody } from './message-body.js';
import { Mistakes } from './mistakes.js';
import { readStartLine } from './start-line.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

/** The longest message taken, in bytes: no UDP datagram is longer. */
export const MAX_MESSAGE_BYTES = 65_535;

export interface BadMessage {
  /** `sip.bad_message`, `where` = "line 3, column 9". */
  readonly error: Fault;
  /** A request too broken to serve, but whole enough for a response with this status. */
  readonly answer?: { readonly request: MessageBase; readonly status: 400 | 505 };
}

/** Lines and columns count from 1, columns in characters. */
function describePlace(text: string, at: number): string {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return `line ${line}, column ${at - (before.lastIndexOf('\n') + 1) + 1}`;
}

/** Where the empty line is that ends the headers; -1 when there is none. */
function endOfHeaders(bytes: Uint8Array): number {
  for (let at = 0; at + 3 < bytes.length; at += 1) {
    if (bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return -1;
}

const CORE = new Set(['via', 'from', 'to', 'call-id', 'cseq', 'content-length']);

const otherHeaders = (lines: readonly HeaderLine[]): Headers =>
  new Headers(lines.filter(({ key }) => !CORE.has(key)).map(({ name, value }) => ({ name: headerName(name), value })));

/** The wire parser: strict about what it takes for a message, and generous about what it can still answer. */
export function readMessage(input: Uint8Array): { readonly message: SipMessage } | BadMessage {
  const bad = (reason: string, where?: string): BadMessage => ({ error: fault('sip.bad_message', reason, where) });
  if (input.length > MAX_MESSAGE_BYTES) return bad(`a message is at most ${MAX_MESSAGE_BYTES} bytes long`);
  let start = 0;
  while (input[start] === 13 && input[start + 1] === 10) start += 2; // section 7.5: ignore empty lines in front
  const bytes = input.subarray(start);
  const headEnd = endOfHeaders(bytes);
  const text = decodeUtf8(headEnd < 0 ? bytes : bytes.subarray(0, headEnd));

  const mistakes = new Mistakes();
  if (headEnd < 0) mistakes.note({ reason: 'the empty line after the headers is missing', at: text.length });
  const head = splitHeaderLines(text, mistakes);
  const startLine = readStartLine(head.text, head.startLineEnd, mistakes);
  const core = readCoreHeaders(head.text, head.lines, mistakes);
  const body = readBody(head.lines, headEnd < 0 ? new Uint8Array(0) : bytes.subarray(headEnd + 4), mistakes);
  if (startLine?.kind === 'request' && core !== undefined && core.cseq.method !== startLine.method) {
    const line = head.lines.find(({ key }) => key === 'cseq');
    mistakes.note({ reason: 'the method of CSeq is not that of the request', at: line?.start ?? 0 });
  }

  const mistake = mistakes.first;
  if (mistake === undefined && startLine !== undefined && core !== undefined && startLine.version === '2.0') {
    const { version: _, ...line } = startLine;
    return { message: { ...line, ...core, headers: otherHeaders(head.lines), body } };
  }
  const { reason, at } = mistake ?? { reason: 'only SIP/2.0 is spoken here', at: 0 };
  const { error } = bad(reason, describePlace(text, at));
  if (core === undefined || /^SIP\//i.test(text) || core.cseq.method === 'ACK') return { error };
  const status = mistake === undefined ? 505 : 400;
  return { error, answer: { request: { ...core, headers: Headers.EMPTY, body: new Uint8Array(0) }, status } };
}

/**
 * Reads one datagram. A text (not bytes) whose lines end in LF alone is accepted too, for people's files.
 * The fault is `sip.bad_message` with `where` = "line 3, column 9".
 */
export function parseSipMessage(input: Uint8Array | string): Result<SipMessage> {
  const wire = (text: string) => encodeUtf8(text.includes('\r\n') ? text : text.replaceAll('\n', '\r\n'));
  const read = readMessage(typeof input === 'string' ? wire(input) : input);
  return 'message' in read ? ok(read.message) : err(read.error);
}
