import { expect, it } from 'vitest';
import { matchDestination } from './destination.js';

it.each([
  ['echo', 'echo', ''],
  ['echo', 'echo2', undefined],
  ['*', 'echo', 'echo'],
  ['+49*', '+4930123', '30123'],
  ['+49*', '+49', ''],
  ['+49*', '+4', undefined],
  ['1*1', '1', undefined],
  ['1*1', '11', ''],
  ['*', 'sip:bob@example.org', undefined],
  ['sip:*@example.org', 'sip:bob@example.org', 'bob'],
  ['sip:*@example.org', 'sip:bob@example.com', undefined],
  ['sip:*', 'echo', undefined],
])('%s and %s', (pattern, destination, rest) => {
  expect(matchDestination(pattern, destination)).toBe(rest);
});
