import type { Mistake } from './mistakes.js';

/** A set of ASCII characters. */
export type CharSet = Uint8Array;

function charSet(...parts: readonly string[]): CharSet {
  const set = new Uint8Array(128);
  for (const char of parts.join('')) set[char.charCodeAt(0)] = 1;
  return set;
}

const DIGITS = '0123456789';
const ALPHANUM = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz${DIGITS}`;
const UNRESERVED = `${ALPHANUM}-_.!~*'()`;

/** The character classes of RFC 3261 section 25.1. `%` stands for an escape, which `Scanner.escaped` checks. */
export const CHARS = {
  digit: charSet(DIGITS),
  token: charSet(ALPHANUM, "-.!%*_+`'~"),
  scheme: charSet(ALPHANUM, '+-.'),
  user: charSet(UNRESERVED, '&=+$,;?/%'),
  password: charSet(UNRESERVED, '&=+$,%'),
  /** Underscores are not allowed in host names, but many hosts have them. */
  host: charSet(ALPHANUM, '-._'),
  ipv6: charSet('0123456789abcdefABCDEF:.'),
  uriParam: charSet(UNRESERVED, '[]/:&+$%'),
  uriHeaders: charSet(UNRESERVED, '[]/?:+$%&='),
  /** gen-value: a token, or a host that may be an IPv6 address with or without brackets (RFC 5118 section 4.5). */
  genericValue: charSet(ALPHANUM, "-.!%*_+`'~[]:/@&$?=()"),
  /** word, of Call-ID, and the @ between two of them. */
  callId: charSet(ALPHANUM, '-.!%*_+`\'~()<>:\\"/[]?{}@'),
} as const;

/** Reads a text from left to right and remembers the first mistake and its place. */
export class Scanner {
  readonly text: string;
  at: number;
  readonly end: number;
  failure: Mistake | undefined;

  constructor(text: string, at = 0, end = text.length) {
    this.text = text;
    this.at = at;
    this.end = end;
  }

  /** Always undefined, so that a reader can `return scanner.fail(...)`. */
  fail(reason: string, at = this.at): undefined {
    this.failure ??= { reason, at };
    return undefined;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** The next character, or '' at the end. */
  peek(): string {
    return this.at < this.end ? this.text.charAt(this.at) : '';
  }

  take(text: string): boolean {
    if (this.at + text.length > this.end || !this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Where the character stands next, or -1. */
  find(char: string): number {
    const found = this.text.slice(this.at, this.end).indexOf(char);
    return found < 0 ? -1 : this.at + found;
  }

  /** The longest run of characters of the set, perhaps ''. */
  run(set: CharSet): string {
    const start = this.at;
    while (this.at < this.end && set[this.text.charCodeAt(this.at)] === 1) this.at += 1;
    return this.text.slice(start, this.at);
  }

  /** A run in which every `%` begins an escape of two hexadecimal digits. */
  escaped(set: CharSet): string | undefined {
    const start = this.at;
    const text = this.run(set);
    for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
      if (!/^[0-9a-fA-F]{2}$/.test(text.slice(at + 1, at + 3))) {
        return this.fail('a % must be followed by two hexadecimal digits', start + at);
      }
    }
    return text;
  }

  /** LWS; folds have become spaces before. */
  skipSpace(): void {
    while (this.at < this.end && (this.text[this.at] === ' ' || this.text[this.at] === '\t')) this.at += 1;
  }

  /** A separator with optional white space around it, such as SEMI or EQUAL of section 25.1. */
  separator(char: string): boolean {
    const start = this.at;
    this.skipSpace();
    if (this.take(char)) {
      this.skipSpace();
      return true;
    }
    this.at = start;
    return false;
  }

  /** A quoted-string with its quotes and escapes, as it stands. */
  quoted(): string | undefined {
    const start = this.at;
    this.at += 1;
    while (this.at < this.end) {
      const char = this.text[this.at];
      this.at += char === '\\' ? 2 : 1;
      if (char === '"') return this.text.slice(start, this.at);
    }
    return this.fail('a quoted text is not closed', start);
  }

  /** A decimal number of at most `max`. */
  number(max: number, what: string): number | undefined {
    const start = this.at;
    const digits = this.run(CHARS.digit);
    if (digits === '') return this.fail(`${what} must be a number`, start);
    const value = Number(digits);
    return value > max ? this.fail(`${what} is at most ${max}`, start) : value;
  }
}

export const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** The plain text of a quoted-string; any other text unchanged. */
export function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"')
    ? text.slice(1, -1).replace(/\\(.)/gs, '$1')
    : text;
}
