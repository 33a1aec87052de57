import { expect, it } from 'vitest';
import { asRejection, nameMicrophoneError, type QuestionContext } from './microphone-error.js';

/** A page that may ask, in a browser that did, with a person who took two seconds. */
const page: QuestionContext = {
  secure: true,
  offered: true,
  permission: 'prompt',
  allowedByPolicy: true,
  listed: 1,
  managed: false,
  inApp: false,
  os: 'Linux',
  tookMs: 2_000,
  byId: false,
};
/** An older browser, which says nothing beforehand. */
const silent: QuestionContext = { ...page, permission: undefined };
const FIREFOX = 'The request is not allowed by the user agent or the platform in the current context.';

it.each([
  ['Chromium, Block', 'NotAllowedError', 'Permission denied', {}, 'mic.denied_by_user'],
  ['Chromium, prompt closed', 'NotAllowedError', 'Permission dismissed', {}, 'mic.prompt_dismissed'],
  ['Chromium, macOS privacy', 'NotAllowedError', 'Permission denied by system', {}, 'mic.denied_by_system'],
  [
    'Chromium, macOS privacy, allowed before',
    'NotAllowedError',
    'Permission denied by system',
    { permission: 'granted' },
    'mic.denied_by_system',
  ],
  ['Firefox, Block', 'NotAllowedError', FIREFOX, {}, 'mic.denied_by_user'],
  ['Firefox 131, Block', 'NotAllowedError', FIREFOX, { permission: undefined }, 'mic.denied_by_user'],
  ['blocked for this page', 'NotAllowedError', 'Permission denied', { permission: 'denied' }, 'mic.blocked_earlier'],
  ['no time for a prompt', 'NotAllowedError', FIREFOX, { permission: undefined, tookMs: 20 }, 'mic.blocked_earlier'],
  [
    'blocked in a managed browser',
    'NotAllowedError',
    'Permission denied',
    { permission: 'denied', managed: true },
    'mic.denied_by_policy',
  ],
  ['Block in a managed browser', 'NotAllowedError', 'Permission denied', { managed: true }, 'mic.denied_by_user'],
  ['allowed, and refused', 'NotAllowedError', FIREFOX, { permission: 'granted' }, 'mic.denied_by_system'],
  [
    'a frame without allow',
    'NotAllowedError',
    'Permission denied',
    { allowedByPolicy: false },
    'mic.blocked_by_iframe_policy',
  ],
  [
    'a frame without allow, which Chromium calls denied',
    'NotAllowedError',
    'Permission denied',
    { allowedByPolicy: false, permission: 'denied' },
    'mic.blocked_by_iframe_policy',
  ],
  ['an unknown policy', 'NotAllowedError', '', { allowedByPolicy: undefined }, 'mic.denied_by_user'],
  ['an app, at once', 'NotAllowedError', '', { permission: undefined, inApp: true, tookMs: 5 }, 'mic.in_app_browser'],
  ['an app that asks', 'NotAllowedError', '', { permission: undefined, inApp: true }, 'mic.denied_by_user'],
  ['no device', 'NotFoundError', 'Requested device not found', { listed: 0 }, 'mic.not_found'],
  ['a browser that lists nothing', 'NotFoundError', '', { listed: undefined }, 'mic.not_found'],
  ['Firefox, macOS privacy', 'NotFoundError', 'The object can not be found here.', {}, 'mic.denied_by_system'],
  ['a remembered device that is gone', 'NotFoundError', '', { byId: true }, 'mic.stale_device'],
  ['another program holds it', 'NotReadableError', 'Could not start audio source', {}, 'mic.device_busy'],
  [
    'Firefox, Windows privacy',
    'NotReadableError',
    'Failed to allocate audiosource',
    { os: 'Windows' },
    'mic.denied_by_system',
  ],
  ['Firefox, another program', 'NotReadableError', 'Failed to allocate audiosource', {}, 'mic.device_busy'],
  ['a device that was unplugged', 'OverconstrainedError', '', { byId: true }, 'mic.stale_device'],
  ['a sample rate that none has', 'OverconstrainedError', '', {}, 'mic.device_failed'],
  ['Firefox, start failed', 'AbortError', 'Starting audioinput failed', {}, 'mic.device_failed'],
  [
    'http',
    'TypeError',
    "Cannot read properties of undefined (reading 'getUserMedia')",
    { secure: false, offered: false },
    'mic.insecure_context',
  ],
  ["an app's own browser", 'TypeError', 'undefined is not an object', { offered: false }, 'mic.in_app_browser'],
] as const)('names %s', (_case, name, message, context, code) => {
  expect(nameMicrophoneError({ name, message }, { ...page, ...context }).code).toBe(code);
});

it('knows a device that is gone by the constraint that cannot be met', () => {
  const thrown = Object.assign(new Error(''), { name: 'OverconstrainedError', constraint: 'deviceId' });
  expect(nameMicrophoneError(asRejection(thrown), silent).code).toBe('mic.stale_device');
  expect(asRejection('odd')).toEqual({ name: 'Error', message: 'odd' });
});
