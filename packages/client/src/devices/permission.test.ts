import { expect, it } from 'vitest';
import type { MicrophoneContext } from '../browser.js';
import { checkPermission } from './permission.js';

const page: MicrophoneContext = {
  secure: true,
  offered: true,
  permission: 'prompt',
  allowedByPolicy: true,
  listed: 1,
  managed: false,
  inApp: false,
  os: 'Linux',
};

it.each([
  ['a page that may ask', {}, 'prompt', undefined],
  ['a page that was allowed', { permission: 'granted' }, 'granted', undefined],
  [
    'a browser that does not say',
    { permission: undefined, allowedByPolicy: undefined, listed: undefined },
    'unknown',
    undefined,
  ],
  ['http', { secure: false, offered: false }, 'denied', 'mic.insecure_context'],
  ["an app's own browser without microphones", { offered: false }, 'denied', 'mic.in_app_browser'],
  ['an app that may ask all the same', { inApp: true, permission: undefined }, 'unknown', undefined],
  ['a frame without allow', { allowedByPolicy: false, permission: 'denied' }, 'denied', 'mic.blocked_by_iframe_policy'],
  ['a page that was blocked', { permission: 'denied' }, 'denied', 'mic.blocked_earlier'],
  ['a managed browser', { permission: 'denied', managed: true }, 'denied', 'mic.denied_by_policy'],
  ['no microphone', { listed: 0 }, 'prompt', 'mic.not_found'],
] as const)('before any question: %s', (_case, context, state, code) => {
  expect(checkPermission({ ...page, ...context })).toEqual({ state, code });
});
