import { NO_PARAMS, printParams, readParams } from './params.js';
import { quote, Scanner, unquote } from './scanner.js';
import { type Params, parseUri, printUri, readUri, type Uri } from './uri.js';

/** An address of From, To, Contact, Route and Record-Route (RFC 3261 section 20.10). */
export interface NameAddr {
  readonly displayName?: string;
  readonly uri: Uri;
  /** Header parameters, such as `tag`. */
  readonly params: Params;
}

// Tokens and white space (section 25.1), and beyond the grammar any character that is not ASCII.
const DISPLAY_NAME = /[-.!%*_+`'~A-Za-z0-9 \t\u0080-\uffff]*/y;

function readDisplayName(scanner: Scanner): string | undefined {
  if (scanner.peek() === '"') {
    const quoted = scanner.quoted();
    return quoted === undefined ? undefined : unquote(quoted);
  }
  DISPLAY_NAME.lastIndex = scanner.at;
  const text = DISPLAY_NAME.exec(scanner.text)?.[0] ?? '';
  scanner.at = Math.min(scanner.at + text.length, scanner.end);
  return text.trim();
}

function readBracketed(scanner: Scanner): NameAddr | undefined {
  const displayName = readDisplayName(scanner);
  if (displayName === undefined) return undefined;
  scanner.skipSpace();
  if (scanner.done) return scanner.fail('a URI is missing: in angle brackets, or beginning with a scheme');
  if (!scanner.take('<')) return scanner.fail('this character is not allowed in a display name without quotes');
  const close = scanner.find('>');
  if (close < 0) return scanner.fail('a URI in angle brackets is not closed');
  const inner = new Scanner(scanner.text, scanner.at, close);
  const uri = readUri(inner);
  if (uri === undefined) {
    return scanner.fail(inner.failure?.reason ?? 'that is no URI', inner.failure?.at);
  }
  scanner.at = close + 1;
  const params = readParams(scanner);
  return params === undefined ? undefined : { ...(displayName === '' ? {} : { displayName }), uri, params };
}

/** An address without brackets: what follows `;` belongs to the header (section 20), and `,` and `?` are not allowed. */
function readBare(scanner: Scanner): NameAddr | undefined {
  let end = scanner.at;
  while (end < scanner.end && !/[;,? \t]/.test(scanner.text.charAt(end))) end += 1;
  const inner = new Scanner(scanner.text, scanner.at, end);
  const uri = readUri(inner);
  if (uri === undefined) return scanner.fail(inner.failure?.reason ?? 'that is no URI', inner.failure?.at);
  scanner.at = end;
  const params = readParams(scanner);
  return params === undefined ? undefined : { uri, params };
}

/** Reads one address and stops at a comma or the end. */
export function readNameAddr(scanner: Scanner): NameAddr | undefined {
  scanner.skipSpace();
  const bare = /^[A-Za-z][A-Za-z0-9+.-]*:/.test(scanner.text.slice(scanner.at, Math.min(scanner.at + 40, scanner.end)));
  return bare ? readBare(scanner) : readBracketed(scanner);
}

/** An address, or undefined when the text is none. */
export function parseNameAddr(text: string): NameAddr | undefined {
  const scanner = new Scanner(text);
  const address = readNameAddr(scanner);
  scanner.skipSpace();
  return scanner.done ? address : undefined;
}

/** `displayName` is plain text and is quoted when printed. Undefined when `uri` is none. */
export function makeNameAddr(uri: string, displayName?: string): NameAddr | undefined {
  const parsed = parseUri(uri);
  if (parsed === undefined) return undefined;
  return { ...(displayName ? { displayName } : {}), uri: parsed, params: NO_PARAMS };
}

export function printNameAddr({ displayName, uri, params }: NameAddr): string {
  const name = displayName === undefined ? '' : `${quote(displayName)} `;
  return `${name}<${printUri(uri)}>${printParams(params)}`;
}

/** The tag of a From or To, which names one end of a dialog (section 19.3). */
export const tagOf = (address: NameAddr): string | undefined => address.params.get('tag');
