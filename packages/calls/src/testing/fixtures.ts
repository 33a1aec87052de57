import { readFileSync } from 'node:fs';

/** Offers as they were seen: the browsers' are recorded, but for Safari's, which follows its documented form. */
const read = (name: string): string => readFileSync(new URL(`./fixtures/${name}.sdp`, import.meta.url), 'utf8');

export const CHROMIUM = read('chromium-156');
export const CHROMIUM_VIDEO_DATA = read('chromium-156-video-data');
export const FIREFOX_VIDEO = read('firefox-153-video');
export const SAFARI_VIDEO_FIRST = read('safari-17-video-first');
/** Gathering complete, from behind a NAT, with STUN and TURN servers, and no leave yet to use the microphone. */
export const CHROMIUM_HIDDEN = read('chromium-156-hidden-addresses');
export const FIREFOX_HIDDEN = read('firefox-153-hidden-addresses');
/** Gathering complete, with leave: TCP and IPv6 candidates. */
export const CHROMIUM_DUAL_STACK = read('chromium-156-dual-stack');
export const SIPP = read('sipp');
export const BARESIP = read('baresip');
export const ASTERISK = read('asterisk');

export const BROWSER_OFFERS = {
  CHROMIUM,
  CHROMIUM_VIDEO_DATA,
  CHROMIUM_HIDDEN,
  CHROMIUM_DUAL_STACK,
  FIREFOX_VIDEO,
  FIREFOX_HIDDEN,
  SAFARI_VIDEO_FIRST,
};
export const SIP_OFFERS = { SIPP, BARESIP, ASTERISK };

/** The lines of an SDP that begin with one of these texts. */
export const linesOf = (sdp: string, ...prefixes: readonly string[]): readonly string[] =>
  sdp.split(/\r?\n/).filter((line) => prefixes.some((prefix) => line.startsWith(prefix)));
