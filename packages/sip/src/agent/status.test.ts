import { describe, expect, it } from 'vitest';
import { classifyStatus, statusFault } from './status.js';

describe('final statuses by their codes', () => {
  it.each([
    ['sip.auth_rejected', [401, 403, 407]],
    ['sip.not_found', [404, 410, 484, 485, 604]],
    ['sip.unavailable', [408, 480]],
    ['sip.busy', [486, 600]],
    ['sip.declined', [603, 607, 608, 699]],
    ['sip.service_unavailable', [500, 502, 503, 504]],
    ['media.codec_mismatch', [415, 488, 606]],
    [
      'sip.request_rejected',
      [300, 302, 305, 380, 400, 402, 405, 406, 413, 416, 420, 481, 482, 483, 487, 491, 501, 505, 513],
    ],
  ] as const)('%s', (code, statuses) => {
    for (const status of statuses) expect(classifyStatus(status), String(status)).toBe(code);
  });

  it('keep the status line in the detail', () => {
    expect(statusFault(486, 'Busy Here')).toEqual({ code: 'sip.busy', detail: '486 Busy Here' });
    expect(statusFault(404, 'User +49 (30) 123-456 unknown').detail).toBe('404 User … unknown');
    expect(statusFault(302, 'Moved').detail).toBe('302 Moved; redirects are not followed');
  });
});
