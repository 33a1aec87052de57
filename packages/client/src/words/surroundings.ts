import { browserFacts, isInApp } from '../evidence/browser-facts.js';

/** As far as the places of prompts and settings differ. Everything built on Chromium looks alike. */
export type BrowserKind = 'chromium' | 'firefox' | 'safari' | 'other';
export type SystemKind = 'windows' | 'macos' | 'linux' | 'chromeos' | 'android' | 'ios' | 'other';

/** Where a person sits: it decides where a question of the browser appears, and where a refusal is taken back. */
export interface Surroundings {
  readonly browser: BrowserKind;
  readonly system: SystemKind;
  /** An app shows the page, not a browser. */
  readonly inApp: boolean;
}

export const BROWSER_KINDS: readonly BrowserKind[] = ['chromium', 'firefox', 'safari', 'other'];
export const SYSTEM_KINDS: readonly SystemKind[] = [
  ...['windows', 'macos', 'linux', 'chromeos', 'android', 'ios', 'other'],
] as SystemKind[];

const BROWSERS: Readonly<Record<string, BrowserKind>> = {
  Chrome: 'chromium',
  Chromium: 'chromium',
  HeadlessChrome: 'chromium',
  Edge: 'chromium',
  Opera: 'chromium',
  'Samsung Internet': 'chromium',
  Firefox: 'firefox',
  Safari: 'safari',
};

const SYSTEMS: Readonly<Record<string, SystemKind>> = {
  Windows: 'windows',
  macOS: 'macos',
  Linux: 'linux',
  'Chrome OS': 'chromeos',
  'Chromium OS': 'chromeos',
  Android: 'android',
  iOS: 'ios',
};

/** What `navigator.userAgentData` says without being asked (User-Agent Client Hints). */
export interface UserAgentData {
  readonly brands: readonly { readonly brand: string }[];
}

/** `data`: `navigator.userAgentData`, where there is one; it says too that a browser is built on Chromium. */
export function surroundingsOf(userAgent: string, data?: UserAgentData): Surroundings {
  const { name, os } = browserFacts(userAgent);
  const chromium = data?.brands.some(({ brand }) => brand === 'Chromium') === true;
  return {
    browser: chromium ? 'chromium' : (BROWSERS[name] ?? 'other'),
    system: SYSTEMS[os ?? ''] ?? 'other',
    inApp: isInApp(userAgent),
  };
}

/** This browser. On a server, one that nothing is known of. */
export function surroundings(): Surroundings {
  const { navigator } = globalThis as { navigator?: Navigator };
  if (navigator?.userAgent === undefined) return { browser: 'other', system: 'other', inApp: false };
  return surroundingsOf(navigator.userAgent, Reflect.get(navigator, 'userAgentData') as UserAgentData | undefined);
}
