import { headerKey } from './headers.js';
import type { Mistakes } from './mistakes.js';
import { CHARS } from './scanner.js';

export interface HeaderLine {
  readonly name: string;
  /** As `headerKey` gives it. */
  readonly key: string;
  /** Trimmed, folds joined by one space. */
  readonly value: string;
  /** Where the line begins, and where its value begins and ends, in the head's text. */
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export interface Head {
  /** The head with every fold replaced by as many spaces, so that places stay true. */
  readonly text: string;
  readonly startLineEnd: number;
  readonly lines: readonly HeaderLine[];
}

const MAX_LINE = 8192;
const MAX_LINES = 256;
// Refused although a quoted-string may escape them (section 25.1): no gateway should relay a NUL, CR or BEL.
const CONTROL = /[^\P{Cc}\t]/u;

const isToken = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) if (CHARS.token[text.charCodeAt(at)] !== 1) return false;
  return text !== '';
};

/** Splits the head into start line and header fields (section 7.3.1). White space before the colon is dropped. */
export function splitHeaderLines(original: string, mistakes: Mistakes): Head {
  const text = original.replace(/\r\n[ \t]+/g, (fold) => ' '.repeat(fold.length));
  const lines: HeaderLine[] = [];
  let startLineEnd = -1;
  for (let start = 0; start <= text.length; ) {
    const crlf = text.indexOf('\r\n', start);
    const end = crlf < 0 ? text.length : crlf;
    const control = text.slice(start, end).search(CONTROL);
    if (control >= 0) mistakes.note({ reason: 'a control character is not allowed here', at: start + control });
    else if (end - start > MAX_LINE)
      mistakes.note({ reason: `a line is at most ${MAX_LINE} characters long`, at: start });
    if (startLineEnd < 0) startLineEnd = end;
    else if (lines.length >= MAX_LINES) {
      mistakes.note({ reason: `at most ${MAX_LINES} header lines are taken`, at: start });
      break;
    } else readLine(original, text, start, end, lines, mistakes);
    start = end + 2;
  }
  return { text, startLineEnd, lines };
}

function readLine(
  original: string,
  text: string,
  start: number,
  end: number,
  lines: HeaderLine[],
  mistakes: Mistakes,
): void {
  const colon = text.indexOf(':', start);
  const name = colon < 0 || colon >= end ? undefined : text.slice(start, colon).trimEnd();
  if (name === undefined || !isToken(name)) {
    mistakes.note({ reason: 'a header line is a name, a colon and a value', at: start });
    return;
  }
  let valueStart = colon + 1;
  while (valueStart < end && (text[valueStart] === ' ' || text[valueStart] === '\t')) valueStart += 1;
  const folded = original.slice(valueStart, end).split('\r\n');
  const value = folded
    .map((part) => part.trim())
    .join(' ')
    .trim();
  lines.push({ name, key: headerKey(name), value, start, valueStart, valueEnd: end });
}
