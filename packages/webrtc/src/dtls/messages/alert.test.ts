import { expect, it } from 'vitest';
import { ALERT, parseAlert, writeAlert } from './alert.js';

it('reads and writes an alert', () => {
  const bytes = Uint8Array.of(2 /* fatal */, 42 /* bad_certificate */);
  expect(parseAlert(bytes)).toEqual({ level: 'fatal', description: ALERT.badCertificate });
  expect(writeAlert({ level: 'fatal', description: 42 })).toEqual(bytes);
  expect(writeAlert({ level: 'warning', description: ALERT.closeNotify })).toEqual(Uint8Array.of(1, 0));
});

it.each([[[]], [[2]], [[3, 0]], [[0, 0]], [[2, 42, 2]]])('drops %j', (bytes) => {
  expect(parseAlert(Uint8Array.from(bytes))).toBeUndefined();
});
