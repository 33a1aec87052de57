import { CHARS, type Scanner } from './scanner.js';

/** The order and method of a request (RFC 3261 section 20.16). */
export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** Section 8.1.1.5: less than 2**31. */
const MAX_CSEQ = 2 ** 31 - 1;

export function readCSeq(scanner: Scanner): CSeq | undefined {
  const number = scanner.number(MAX_CSEQ, 'the CSeq number');
  if (number === undefined) return undefined;
  const gap = scanner.at;
  scanner.skipSpace();
  if (scanner.at === gap) return scanner.fail('white space is missing between number and method');
  const method = scanner.run(CHARS.token);
  return method === '' ? scanner.fail('a method is missing') : { number, method };
}
