import type { CSeq } from './cseq.js';
import { readCSeq } from './cseq.js';
import type { HeaderLine } from './header-lines.js';
import type { Mistakes } from './mistakes.js';
import { type NameAddr, readNameAddr } from './name-addr.js';
import { CHARS, Scanner } from './scanner.js';
import { readVia, type Via } from './via.js';

export interface CoreHeaders {
  readonly via: readonly Via[];
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly callId: string;
  readonly cseq: CSeq;
}

type Read<T> = (scanner: Scanner) => T | undefined;

/** Reads a list whose reader stops at commas. */
function listOf<T>(read: Read<T>): Read<T[]> {
  return (scanner) => {
    const items: T[] = [];
    do {
      const item = read(scanner);
      if (item === undefined) return undefined;
      items.push(item);
    } while (scanner.separator(','));
    return items;
  };
}

const readCallId: Read<string> = (scanner) => {
  const callId = scanner.run(CHARS.callId);
  return callId === '' ? scanner.fail('the Call-ID is empty') : callId;
};

const readMaxForwards: Read<number> = (scanner) => scanner.number(255, 'Max-Forwards');

const readContacts: Read<unknown> = (scanner) => (scanner.take('*') ? [] : listOf(readNameAddr)(scanner));

/** The headers every message has (section 8.1.1), and a check of those that routing relies on. */
export function readCoreHeaders(
  text: string,
  lines: readonly HeaderLine[],
  mistakes: Mistakes,
): CoreHeaders | undefined {
  function readLine<T>({ valueStart, valueEnd }: HeaderLine, read: Read<T>): T | undefined {
    const scanner = new Scanner(text, valueStart, valueEnd);
    const value = read(scanner);
    scanner.skipSpace();
    if (value !== undefined && !scanner.done) scanner.fail('nothing may follow here');
    mistakes.note(scanner.failure);
    return scanner.failure === undefined ? value : undefined;
  }
  const named = (key: string) => lines.filter((line) => line.key === key);
  function all<T>(key: string, read: Read<T>): (T | undefined)[] {
    return named(key).map((line) => readLine(line, read));
  }
  function single<T>(key: string, read: Read<T>): T | undefined {
    const [first, second] = named(key);
    if (second !== undefined) mistakes.note({ reason: `${second.name} is given twice`, at: second.start });
    return first === undefined ? undefined : readLine(first, read);
  }

  const vias = all('via', listOf(readVia));
  const from = single('from', readNameAddr);
  const to = single('to', readNameAddr);
  const callId = single('call-id', readCallId);
  const cseq = single('cseq', readCSeq);
  single('max-forwards', readMaxForwards);
  all('contact', readContacts);
  all('route', listOf(readNameAddr));
  all('record-route', listOf(readNameAddr));

  const via = vias.flatMap((hops) => hops ?? []);
  const missing = [
    via.length === 0 && 'Via',
    from === undefined && 'From',
    to === undefined && 'To',
    callId === undefined && 'Call-ID',
    cseq === undefined && 'CSeq',
  ].filter((name) => name !== false);
  if (missing.length > 0) mistakes.note({ reason: `${missing.join(', ')} missing`, at: text.length });
  if (vias.includes(undefined) || via.length === 0) return undefined;
  if (from === undefined || to === undefined || callId === undefined || cseq === undefined) return undefined;
  return { via, from, to, callId, cseq };
}
