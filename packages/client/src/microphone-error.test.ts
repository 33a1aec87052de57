import { expect, it } from 'vitest';
import type { MicrophoneContext } from './browser.js';
import { nameMicrophoneError } from './microphone-error.js';

const page: MicrophoneContext = { secure: true, offered: true, allowedByPolicy: true, listed: 1 };

it.each([
  ['Chromium, Block', 'NotAllowedError', 'Permission denied', page, 'mic.denied_by_user'],
  ['Chromium, prompt closed', 'NotAllowedError', 'Permission dismissed', page, 'mic.prompt_dismissed'],
  ['Chromium, macOS privacy', 'NotAllowedError', 'Permission denied by system', page, 'mic.denied_by_system'],
  [
    'Firefox, Block',
    'NotAllowedError',
    'The request is not allowed by the user agent or the platform in the current context.',
    page,
    'mic.denied_by_user',
  ],
  [
    'a frame without allow',
    'NotAllowedError',
    'Permission denied',
    { ...page, allowedByPolicy: false },
    'mic.blocked_by_iframe_policy',
  ],
  ['an unknown policy', 'NotAllowedError', '', { ...page, allowedByPolicy: undefined }, 'mic.denied_by_user'],
  ['no device', 'NotFoundError', 'Requested device not found', { ...page, listed: 0 }, 'mic.not_found'],
  ['a browser that lists nothing', 'NotFoundError', '', { ...page, listed: undefined }, 'mic.not_found'],
  ['Firefox, macOS privacy', 'NotFoundError', 'The object can not be found here.', page, 'mic.denied_by_system'],
  ['another program holds it', 'NotReadableError', 'Could not start audio source', page, 'mic.device_busy'],
  ['Chrome 62', 'TrackStartError', '', page, 'mic.device_busy'],
  ['a device that was unplugged', 'OverconstrainedError', '', page, 'mic.stale_device'],
  ['Firefox, start failed', 'AbortError', 'Starting audioinput failed', page, 'mic.device_failed'],
  [
    'http',
    'TypeError',
    "Cannot read properties of undefined (reading 'getUserMedia')",
    { ...page, secure: false, offered: false },
    'mic.insecure_context',
  ],
  [
    "an app's own browser",
    'TypeError',
    'undefined is not an object',
    { ...page, offered: false },
    'mic.in_app_browser',
  ],
] as const)('names %s', (_case, name, message, context, code) => {
  expect(nameMicrophoneError({ name, message }, context).code).toBe(code);
});
