import { printHostPort, readHost } from './host.js';
import { printParams, readParams } from './params.js';
import { CHARS, type Scanner } from './scanner.js';
import type { Params } from './uri.js';

/** One hop of the path a request took (RFC 3261 section 20.42). */
export interface Via {
  /** In upper case: UDP, TCP, TLS, WS, WSS. */
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
}

/** Begins every branch made by RFC 3261 (section 8.1.1.7): the branch alone then names the transaction. */
export const BRANCH_MAGIC = 'z9hG4bK';

/** Reads one hop and stops at a comma or the end. */
export function readVia(scanner: Scanner): Via | undefined {
  scanner.skipSpace();
  const start = scanner.at;
  const protocol = scanner.run(CHARS.token);
  if (protocol.toUpperCase() !== 'SIP' || !scanner.separator('/'))
    return scanner.fail('a Via begins "SIP/2.0/"', start);
  if (scanner.run(CHARS.token) !== '2.0' || !scanner.separator('/')) {
    return scanner.fail('a Via begins "SIP/2.0/"', start);
  }
  const transport = scanner.run(CHARS.token).toUpperCase();
  if (transport === '') return scanner.fail('a Via needs a transport');
  const gap = scanner.at;
  scanner.skipSpace();
  if (scanner.at === gap) return scanner.fail('white space is missing before the host');
  const host = readHost(scanner);
  if (host === undefined) return undefined;
  const port = scanner.separator(':') ? scanner.number(65_535, 'a port') : undefined;
  if (scanner.failure !== undefined) return undefined;
  const params = readParams(scanner);
  if (params === undefined) return undefined;
  return { transport, host, ...(port === undefined ? {} : { port }), params };
}

export const printVia = ({ transport, host, port, params }: Via): string =>
  `SIP/2.0/${transport} ${printHostPort(host, port)}${printParams(params)}`;

export const branchOf = (via: Via): string => via.params.get('branch') ?? '';
