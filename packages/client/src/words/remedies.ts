import type { ErrorCode } from '@earshot/base';
import type { Surroundings } from './surroundings.js';

/** Where a browser shows its question: at a corner of the page that an arrow can point at, or over the page. */
export type PromptPlace = 'top-left' | 'top' | 'over';

/** Where the person looks for the question. One text each, in every language. */
export type PromptKey = 'chromium' | 'firefox' | 'safari' | 'phone' | 'other';

/** What a person does about a microphone that is refused: a list of steps each, in every language. */
export type RemedyKey =
  /** Takes a refusal back in the browser. */
  | 'allow.chromium'
  | 'allow.chromium-phone'
  | 'allow.firefox'
  | 'allow.firefox-phone'
  | 'allow.safari'
  | 'allow.ios'
  | 'allow.ios-app'
  | 'allow.other'
  /** Takes a refusal back in the operating system. */
  | 'system.windows'
  | 'system.macos'
  | 'system.linux'
  | 'system.chromeos'
  | 'system.android'
  | 'system.ios'
  | 'system.other'
  /** Leaves an app for the browser. */
  | 'leave.ios'
  | 'leave.android'
  | 'leave.other'
  /** Frees a microphone that something else holds. */
  | 'free.computer'
  | 'free.phone';

const isPhone = ({ system }: Surroundings): boolean => system === 'android' || system === 'ios';

export function promptOf(at: Surroundings): { readonly key: PromptKey; readonly place: PromptPlace } {
  if (isPhone(at)) return { key: 'phone', place: 'over' };
  switch (at.browser) {
    case 'chromium':
    case 'firefox':
      return { key: at.browser, place: 'top-left' };
    case 'safari':
      return { key: 'safari', place: 'over' };
    case 'other':
      return { key: 'other', place: 'top' };
  }
}

/** The steps that help against this failure here; undefined where the words of the failure say all there is to do. */
export function remedyOf(code: ErrorCode, at: Surroundings): RemedyKey | undefined {
  switch (code) {
    case 'mic.denied_by_user':
    case 'mic.blocked_earlier':
      return allowIn(at);
    case 'mic.denied_by_system':
      return `system.${at.system}`;
    case 'mic.in_app_browser':
      return at.system === 'ios' || at.system === 'android' ? `leave.${at.system}` : 'leave.other';
    case 'mic.device_busy':
      return isPhone(at) ? 'free.phone' : 'free.computer';
    default:
      return undefined;
  }
}

function allowIn(at: Surroundings): RemedyKey {
  // There every browser is Safari inside, but only Safari keeps permissions of its own.
  if (at.system === 'ios') return at.browser === 'safari' ? 'allow.ios' : 'allow.ios-app';
  switch (at.browser) {
    case 'chromium':
    case 'firefox':
      return at.system === 'android' ? `allow.${at.browser}-phone` : `allow.${at.browser}`;
    case 'safari':
      return 'allow.safari';
    case 'other':
      return 'allow.other';
  }
}
