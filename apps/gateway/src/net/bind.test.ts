import { expect, it } from 'vitest';
import { bindFault } from './bind.js';

it.each([
  ['EADDRINUSE', 'server.port_in_use'],
  ['EACCES', 'server.port_denied'],
  ['EMFILE', 'media.ports_exhausted'],
  ['EADDRNOTAVAIL', 'server.address_unavailable'],
  ['EAFNOSUPPORT', 'server.address_unavailable'],
])('%s is %s', (code, name) => {
  expect(bindFault(Object.assign(new Error(), { code }), 'http.port 80')).toEqual({
    code: name,
    detail: code,
    where: 'http.port 80',
  });
});

it('lets a bug be one', () => {
  expect(() => bindFault(new TypeError('a bug'), 'x')).toThrow('a bug');
});
