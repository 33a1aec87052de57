import { err, fault, ok, type Result } from '@earshot/base';

export const MAX_SDP_LENGTH = 65_536;
export const MAX_SDP_LINES = 2_000;
export const MAX_SDP_LINE_LENGTH = 4_096;
export const MAX_SDP_SECTIONS = 64;

export interface SdpLine {
  /** From 1. */
  readonly number: number;
  /** The letter before "=". */
  readonly type: string;
  readonly value: string;
}

export const badSdp = (detail: string, line?: number) =>
  err(fault('media.bad_sdp', detail, line === undefined ? undefined : `line ${line}`));

/** Every control character but the tab. */
const CONTROL_CHARACTER = /[^\P{Cc}\t]/u;

/**
 * Splits a description into lines and checks what the library that reads their values does not: size, shape and the
 * version line. Accepts CRLF, LF and CR (RFC 8866 section 5).
 */
export function readLines(text: string): Result<readonly SdpLine[]> {
  if (text.length > MAX_SDP_LENGTH) return badSdp(`longer than ${MAX_SDP_LENGTH} characters`);
  const texts = text.split(/\r\n|\r|\n/);
  if (texts.length > MAX_SDP_LINES) return badSdp(`more than ${MAX_SDP_LINES} lines`);
  const lines: SdpLine[] = [];
  let sections = 0;
  for (const [index, line] of texts.entries()) {
    const number = index + 1;
    if (line.trim() === '') continue;
    if (line.length > MAX_SDP_LINE_LENGTH) return badSdp(`longer than ${MAX_SDP_LINE_LENGTH} characters`, number);
    if (CONTROL_CHARACTER.test(line)) return badSdp('holds a control character', number);
    if (!/^[a-z]=/.test(line)) return badSdp('is not of the form "x=value"', number);
    const type = line.charAt(0);
    if (type === 'm') sections += 1;
    if (sections > MAX_SDP_SECTIONS) return badSdp(`more than ${MAX_SDP_SECTIONS} media sections`, number);
    lines.push({ number, type, value: line.slice(2).trimEnd() });
  }
  const [first] = lines;
  if (first === undefined) return badSdp('is empty');
  if (first.type !== 'v' || first.value !== '0') return badSdp('the first line must be v=0', first.number);
  return ok(lines);
}
