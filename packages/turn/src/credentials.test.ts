import { createHmac } from 'node:crypto';
import { nodeCrypto } from '@earshot/crypto';
import { expect, it } from 'vitest';
import { createTurnCredentials, readTurnUsername } from './credentials.js';

const SECRET = 'north wind over the harbour';

it('are what coturn expects of use-auth-secret', () => {
  const { username, password } = createTurnCredentials(nodeCrypto, SECRET, 1_767_225_600_999, 'abc-DEF_123');
  expect(username).toBe('1767225600:abc-DEF_123');
  expect(password).toBe(createHmac('sha1', SECRET).update(username).digest('base64'));
});

it('say when they expire and whom they are for', () => {
  expect(readTurnUsername('100:abc', 99_999)).toEqual({ ok: true, value: { expiresAt: 100_000, tag: 'abc' } });
  expect(readTurnUsername('100:abc', 100_000)).toMatchObject({
    ok: false,
    error: { code: 'turn.credentials_expired' },
  });
});

it.each(['', 'abc', ':', '1:', ':a', '1:a:b', '1:"a"', '1:%s', '1:a\r\n', '99999999999999:a', '-1:a', '1.5:a'])(
  'of another form (%j) were made elsewhere',
  (username) => {
    expect(readTurnUsername(username, 0)).toMatchObject({ ok: false, error: { code: 'turn.credentials_foreign' } });
  },
);
