import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Route, routeDestination } from './routing.js';

const ROUTES: readonly Route[] = [
  { match: 'echo', kind: 'sip', target: 'sip:echo@127.0.0.1:5070', codecPolicy: 'quality' },
  { match: 'desk', kind: 'browser', target: 'agent-7' },
  { match: '+49*', kind: 'sip', target: 'sip:{number}@de.example.net', trunk: 'de', codecPolicy: 'density' },
  { match: '9*', kind: 'sip', target: 'sip:{rest}@out.example.net' },
  { match: 'ext-*.lab', kind: 'sip', target: 'sip:{rest}@lab.example.net' },
  { match: 'sip:*@example.org', kind: 'sip', target: '{number}' },
];

const route = (destination: string, routes = ROUTES) => {
  const routed = routeDestination(routes, destination);
  return routed.ok ? routed.value.target : routed.error.code;
};

describe('routing', () => {
  it.each([
    ['echo', 'sip:echo@127.0.0.1:5070'],
    ['desk', 'agent-7'],
    ['+4930123', 'sip:+4930123@de.example.net'],
    ['9123', 'sip:123@out.example.net'],
    ['ext-22.lab', 'sip:22@lab.example.net'],
    ['sip:bob@example.org', 'sip:bob@example.org'],
    ['echo2', 'call.unknown_destination'],
    ['Echo', 'call.unknown_destination'],
    ['sip:bob@example.com', 'call.unknown_destination'],
  ])('%s leads to %s', (destination, target) => {
    expect(route(destination)).toBe(target);
  });

  it('hands on kind, policy and trunk', () => {
    expect(routeDestination(ROUTES, '+4930123')).toEqual({
      ok: true,
      value: { target: 'sip:+4930123@de.example.net', kind: 'sip', match: '+49*', codecPolicy: 'density', trunk: 'de' },
    });
  });

  it('never lets a URI slip into a route for numbers', () => {
    expect(route('sip:bob@evil.example', [{ match: '*', kind: 'sip', target: 'sip:{number}@pbx' }])).toBe(
      'call.unknown_destination',
    );
  });

  it.each([
    '',
    ' ',
    'a b',
    '123;phone-context=x',
    '123@evil.example',
    '123%0d%0aBye',
    '123\r\nX: y',
    '123\n',
    'tel:123',
    'sips:bob@example.org',
    'sip:bob@example.org;transport=tcp',
    'sip:bob@example.org?Replaces=x',
    'sip:bob:secret@example.org',
    'sip:bob%40x@example.org',
    'sip:@example.org',
    'sip:a@b@example.org',
    '<sip:bob@example.org>',
    '１２３',
    'x'.repeat(65),
    `sip:${'x'.repeat(64)}@${'y'.repeat(63)}:12345`,
  ])('refuses %j', (destination) => {
    expect(route(destination)).toBe('call.invalid_destination');
  });

  it('never puts anything but plain characters into a target', () => {
    const routes: readonly Route[] = [
      { match: '*', kind: 'sip', target: 'sip:{number}@pbx' },
      { match: 'sip:*', kind: 'sip', target: '{number}' },
    ];
    const sipLike = fc
      .string({ unit: fc.constantFrom(...'ab0$&;@%.:-[]'), maxLength: 20 })
      .map((text) => `sip:${text}`);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary-ascii', maxLength: 20 }), sipLike), (destination) => {
        const routed = routeDestination(routes, destination);
        if (routed.ok) expect(routed.value.target).toMatch(/^sip:[\w+.-]+@[\w.:[\]-]+$/);
      }),
      { seed: 3261, numRuns: 150 },
    );
  });
});
