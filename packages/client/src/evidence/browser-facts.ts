import type { BrowserFacts } from '@earshot/telemetry';
import { optional } from './printable.js';

/** The first that fits names the browser: most user agents claim to be others as well. */
const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /\bOPR\/(\d+)/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+).* Safari\//],
];

const SYSTEMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Android', /Android/],
  ['iOS', /iPhone|iPad|iPod/],
  ['Windows', /Windows/],
  ['Chrome OS', /CrOS/],
  ['macOS', /Mac OS X/],
  ['Linux', /Linux/],
];

/**
 * By the user agent alone: client hints name a few more browsers that are built on Chromium, which behave as it does, and
 * cost every page bytes.
 */
export function browserFacts(userAgent: string): BrowserFacts {
  const system = SYSTEMS.find(([, pattern]) => pattern.test(userAgent))?.[0];
  for (const [name, pattern] of BROWSERS) {
    const version = pattern.exec(userAgent)?.[1];
    if (version === undefined) continue;
    const mobile = /Mobi|Android/.test(userAgent);
    return { name, version, ...optional('os', system), mobile };
  }
  return { name: 'unknown', version: 'unknown', ...optional('os', system) };
}

/** Apps that show pages themselves: by their own marks, and that of Android's WebView. */
const IN_APP =
  /\b(?:FBAN|FBAV|FB_IAB|Instagram|Line\/|MicroMessenger|Snapchat|musical_ly|BytedanceWebview|LinkedInApp|Twitter)|; wv\)/;

export const isInApp = (userAgent: string): boolean => IN_APP.test(userAgent);
