import type { BrowserFacts } from '@earshot/telemetry';
import { optional, printable } from './printable.js';

/** What `navigator.userAgentData` says without being asked (User-Agent Client Hints). */
export interface UserAgentData {
  readonly brands: readonly { readonly brand: string; readonly version: string }[];
  readonly mobile: boolean;
  readonly platform: string;
}

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

/** Chromium's own name is among the brands of everything built on it. */
export function browserFacts(userAgent: string, data: UserAgentData | undefined): BrowserFacts {
  const system = SYSTEMS.find(([, pattern]) => pattern.test(userAgent))?.[0];
  if (data !== undefined && data.brands.length > 0) {
    const brands = data.brands.filter(({ brand }) => !/not.?a.?brand/i.test(brand.replace(/[^a-z]/gi, '')));
    const brand = brands.find((each) => each.brand !== 'Chromium') ?? brands[0];
    const os = data.platform || system;
    return {
      name: printable(brand?.brand.replace(/^(Google|Microsoft) /, ''), 64) ?? 'unknown',
      version: printable(brand?.version, 32) ?? 'unknown',
      ...optional('os', printable(os, 64)),
      mobile: data.mobile,
    };
  }
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
