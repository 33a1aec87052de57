import { expect, it } from 'vitest';
import { covers } from './install.mjs';

const lock = (packages) => JSON.stringify({ packages });

it('accepts an installation with every package at its locked version', () => {
  const wanted = lock({
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '1', optional: true },
  });
  expect(covers(lock({ 'node_modules/a': { version: '1.0.0' } }), wanted)).toBe(true);
});

it('refuses one that lacks a package or has another version', () => {
  const wanted = lock({ 'node_modules/a': { version: '1.0.0' } });
  expect(covers(lock({}), wanted)).toBe(false);
  expect(covers(lock({ 'node_modules/a': { version: '1.0.1' } }), wanted)).toBe(false);
});
