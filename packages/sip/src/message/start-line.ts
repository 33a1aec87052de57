import type { Mistakes } from './mistakes.js';
import { CHARS, Scanner } from './scanner.js';
import { readUri, type Uri } from './uri.js';

/** The version without `SIP/`. */
export type StartLine = { readonly version: string } & (
  | { readonly kind: 'request'; readonly method: string; readonly uri: Uri }
  | { readonly kind: 'response'; readonly status: number; readonly reason: string }
);

/** Reads Request-Line or Status-Line (sections 7.1 and 7.2). */
export function readStartLine(text: string, end: number, mistakes: Mistakes): StartLine | undefined {
  const scanner = new Scanner(text, 0, end);
  const line = /^SIP\//i.test(text) ? readStatusLine(scanner) : readRequestLine(scanner);
  mistakes.note(scanner.failure);
  return line;
}

function readVersion(scanner: Scanner): string | undefined {
  const start = scanner.at;
  const word = scanner.text.slice(start, scanner.end).match(/^SIP\/(\d+\.\d+)(?= |$)/i);
  if (word?.[1] === undefined) return scanner.fail('the version must be "SIP/2.0"');
  scanner.at += word[0].length;
  return word[1];
}

function readRequestLine(scanner: Scanner): StartLine | undefined {
  const method = scanner.run(CHARS.token);
  if (method === '' || !scanner.take(' ')) return scanner.fail('a message begins with a method or "SIP/2.0"', 0);
  const uriEnd = scanner.text.indexOf(' ', scanner.at);
  if (uriEnd < 0 || uriEnd >= scanner.end)
    return scanner.fail('a Request-URI and "SIP/2.0" must follow, one space before each');
  const inner = new Scanner(scanner.text, scanner.at, uriEnd);
  const uri = readUri(inner);
  if (uri === undefined) return scanner.fail(inner.failure?.reason ?? 'that is no URI', inner.failure?.at);
  scanner.at = uriEnd + 1;
  const version = readVersion(scanner);
  if (version === undefined) return undefined;
  if (!scanner.done) return scanner.fail('nothing may follow the version');
  return { kind: 'request', method, uri, version };
}

function readStatusLine(scanner: Scanner): StartLine | undefined {
  const version = readVersion(scanner);
  if (version === undefined) return undefined;
  if (!scanner.take(' ')) return scanner.fail('a status code must follow the version');
  const start = scanner.at;
  const digits = scanner.run(CHARS.digit);
  const status = Number(digits);
  if (digits.length !== 3 || status < 100 || status > 699) return scanner.fail('a status is 100 to 699', start);
  if (!scanner.done && !scanner.take(' ')) return scanner.fail('a space must follow the status');
  return { kind: 'response', status, reason: scanner.text.slice(scanner.at, scanner.end), version };
}
