import type { Millis } from '@earshot/base';

/** Seconds from 1900, the NTP era, to 1970 (RFC 5905 section 6, RFC 3550 section 4). */
const NTP_TO_UNIX_SECONDS = 2_208_988_800;

/** Seconds since 1900 (32 bits) and fraction of a second in 2^-32 (32 bits). */
export interface NtpTimestamp {
  readonly seconds: number;
  readonly fraction: number;
}

/** `at`: ms since the Unix epoch. */
export function toNtp(at: Millis): NtpTimestamp {
  const whole = Math.floor(at / 1000);
  const fraction = Math.floor(((at - whole * 1000) / 1000) * 0x100000000);
  return { seconds: (whole + NTP_TO_UNIX_SECONDS) >>> 0, fraction: fraction >>> 0 };
}

/** ms since the Unix epoch, within the NTP era that ends in 2036. */
export const fromNtp = ({ seconds, fraction }: NtpTimestamp): Millis =>
  (seconds - NTP_TO_UNIX_SECONDS) * 1000 + (fraction * 1000) / 0x100000000;

/** The middle 32 bits, in 1/65536 s: LSR and the clock of DLSR (RFC 3550 section 6.4.1). */
export const middleOfNtp = ({ seconds, fraction }: NtpTimestamp): number =>
  (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
