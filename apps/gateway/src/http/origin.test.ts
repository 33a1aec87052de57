import { expect, it } from 'vitest';
import { isAllowedOrigin } from './origin.js';

it.each([
  ['http://a.example', 'a.example', ['self'], true],
  ['https://a.example:8443', 'a.example:8443', ['self'], true],
  ['http://a.example:81', 'a.example', ['self'], false],
  ['https://b.example', 'a.example', ['self'], false],
  ['https://b.example', 'a.example', ['https://b.example'], true],
  ['http://a.example', 'a.example', ['https://b.example'], false],
  ['http://[2001:db8::1]:8080', '[2001:db8::1]:8080', ['self'], true],
  ['http://[2001:db8::2]:8080', '[2001:db8::1]:8080', ['self'], false],
  ['null', 'a.example', ['self'], false],
  [undefined, 'a.example', ['self'], false],
  ['http://a.example', undefined, ['self'], false],
])('origin %s at host %s with %j: %s', (origin, host, allowed, expected) => {
  expect(isAllowedOrigin(origin, { host, secure: false }, allowed)).toBe(expected);
});

it.each([
  ['https://a.example', ['self'], true],
  ['https://b.example', ['self'], false],
  // A page that anybody on the way may have changed.
  ['http://a.example', ['self'], false],
  ['http://a.example', ['http://a.example'], true],
])('origin %s by TLS with %j: %s', (origin, allowed, expected) => {
  expect(isAllowedOrigin(origin, { host: 'a.example', secure: true }, allowed)).toBe(expected);
});
