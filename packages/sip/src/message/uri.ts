import { printHostPort, readHost } from './host.js';
import { CHARS, Scanner } from './scanner.js';

/** Parameters in their order; a flag has the value undefined. Names are in lower case, values as on the wire. */
export type Params = ReadonlyMap<string, string | undefined>;

/** A sip: or sips: URI (RFC 3261 section 19.1). */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** As on the wire: escapes are kept, so that a URI prints as it came. `uriUser` gives the plain text. */
  readonly user?: string;
  readonly password?: string;
  /** A host name in lower case, an IPv4 address, or an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
  /** What follows `?`, as on the wire. */
  readonly headers?: string;
}

/** A URI of another scheme, such as tel: or urn:. */
export interface OtherUri {
  readonly scheme: 'other';
  readonly text: string;
}

export type Uri = SipUri | OtherUri;

function readUserinfo(scanner: Scanner): { user: string; password?: string } | undefined {
  const user = scanner.escaped(CHARS.user);
  if (user === undefined) return undefined;
  if (user === '') return scanner.fail('the user part before "@" is empty');
  if (!scanner.take(':')) return { user };
  const password = scanner.escaped(CHARS.password);
  return password === undefined ? undefined : { user, password };
}

function readUriParams(scanner: Scanner): Params | undefined {
  const params = new Map<string, string | undefined>();
  while (scanner.take(';')) {
    const start = scanner.at;
    const name = scanner.escaped(CHARS.uriParam)?.toLowerCase();
    if (name === undefined) return undefined;
    if (name === '') return scanner.fail('a URI parameter needs a name');
    if (params.has(name)) return scanner.fail(`the URI parameter ${name} is given twice`, start);
    const value = scanner.take('=') ? scanner.escaped(CHARS.uriParam) : undefined;
    if (scanner.failure !== undefined) return undefined;
    params.set(name, value);
  }
  return params;
}

function readSipUri(scanner: Scanner, scheme: 'sip' | 'sips'): SipUri | undefined {
  const userinfo = scanner.find('@') >= 0 ? readUserinfo(scanner) : {};
  if (userinfo === undefined) return undefined;
  if ('user' in userinfo && !scanner.take('@')) return scanner.fail('this character must be escaped in a user part');
  const host = readHost(scanner);
  if (host === undefined) return undefined;
  const port = scanner.take(':') ? scanner.number(65_535, 'a port') : undefined;
  if (scanner.failure !== undefined) return undefined;
  const params = readUriParams(scanner);
  if (params === undefined) return undefined;
  const headers = scanner.take('?') ? scanner.escaped(CHARS.uriHeaders) : undefined;
  if (scanner.failure !== undefined) return undefined;
  return {
    scheme,
    ...userinfo,
    host,
    ...(port === undefined ? {} : { port }),
    params,
    ...(headers === undefined ? {} : { headers }),
  };
}

/** Reads a URI up to the end of the scanner; a URI of an unknown scheme is kept as text. */
export function readUri(scanner: Scanner): Uri | undefined {
  const start = scanner.at;
  const scheme = scanner.run(CHARS.scheme).toLowerCase();
  if (!/^[a-z]/.test(scheme) || !scanner.take(':'))
    return scanner.fail('a URI begins with a scheme, such as "sip:"', start);
  if (scheme === 'sip' || scheme === 'sips') {
    const uri = readSipUri(scanner, scheme);
    if (uri !== undefined && !scanner.done) return scanner.fail('this character is not allowed in a URI');
    return uri;
  }
  for (; !scanner.done; scanner.at += 1) {
    const char = scanner.peek();
    if (char <= ' ' || char === '<' || char === '>' || char === '"' || char > '~') {
      return scanner.fail('this character is not allowed in a URI');
    }
  }
  return { scheme: 'other', text: scanner.text.slice(start, scanner.end) };
}

/** A URI, or undefined when the text is none. */
export const parseUri = (text: string): Uri | undefined => readUri(new Scanner(text));

export function printUri(uri: Uri): string {
  if (uri.scheme === 'other') return uri.text;
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) text += uri.password === undefined ? `${uri.user}@` : `${uri.user}:${uri.password}@`;
  text += printHostPort(uri.host, uri.port);
  for (const [name, value] of uri.params) text += value === undefined ? `;${name}` : `;${name}=${value}`;
  return uri.headers === undefined ? text : `${text}?${uri.headers}`;
}

/** The user part without escapes; as it stands when its escapes are not UTF-8. */
export function uriUser(uri: Uri): string | undefined {
  if (uri.scheme === 'other' || uri.user === undefined) return undefined;
  try {
    return decodeURIComponent(uri.user);
  } catch {
    return uri.user;
  }
}
