import type { ErrorCode } from '@earshot/base';
import type { MicrophoneContext } from '../browser.js';

/** What is known of the microphone without asking for it. */
export interface MicrophonePermission {
  /** `prompt`: there would be a question. `unknown`: this browser does not say. */
  readonly state: 'granted' | 'denied' | 'prompt' | 'unknown';
  /** What a call would fail with now, as far as that can be known. */
  readonly code: ErrorCode | undefined;
}

/** How the question for the microphone goes. */
export type PermissionStep =
  /** The browser shows its question. Where the microphone was allowed before there is none. */
  | { readonly state: 'asking' }
  /** Nobody has answered for some seconds: point at the question. */
  | { readonly state: 'waiting' }
  | { readonly state: 'granted' }
  /** After three that were closed Chromium asks no more for a week: the next code is `mic.blocked_earlier`. */
  | { readonly state: 'refused'; readonly code: ErrorCode };

export function checkPermission(context: MicrophoneContext): MicrophonePermission {
  const { permission = 'unknown' } = context;
  const code = obstacle(context);
  return { state: code === undefined || code === 'mic.not_found' ? permission : 'denied', code };
}

/** What no answer of a person could change. */
export function obstacle({ secure, offered, allowedByPolicy, permission, managed, listed }: MicrophoneContext) {
  if (!secure) return 'mic.insecure_context';
  if (!offered) return 'mic.in_app_browser';
  if (allowedByPolicy === false) return 'mic.blocked_by_iframe_policy';
  if (permission === 'denied') return managed ? 'mic.denied_by_policy' : 'mic.blocked_earlier';
  return listed === 0 ? 'mic.not_found' : undefined;
}
