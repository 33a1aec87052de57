import { Pii } from '@earshot/base';
import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { mayCall, Tokens } from './tokens.js';

const NOW = 1_800_000_000_000;
const secret = new TextEncoder().encode('0123456789abcdef0123456789abcdef');
const tokens = new Tokens(new Pii(secret), 'earshot', 'earshot');
const identity = { name: 'alice', mayCall: ['echo', '+49*'], mayReceive: true };

const codeOf = async (token: string, now = NOW): Promise<string> => {
  const verified = await tokens.verify(token, now);
  return verified.ok ? 'ok' : verified.error.code;
};

describe('access tokens', () => {
  it('carry the identity until they expire', async () => {
    const token = await tokens.sign(identity, 60, NOW);
    expect(await tokens.verify(token, NOW)).toEqual({ ok: true, value: identity });
    expect(await codeOf(token, NOW + 61_000)).toBe('auth.token_expired');
    const withPhone = { ...identity, phone: '+4930654321' };
    expect(await tokens.verify(await tokens.sign(withPhone, 60, NOW), NOW)).toEqual({ ok: true, value: withPhone });
  });

  it('are refused when unsigned, foreign, without expiry or for another audience', async () => {
    const claims = (): SignJWT => new SignJWT({}).setSubject('alice').setIssuer('earshot').setAudience('earshot');
    const sign = (jwt: SignJWT, key = secret, alg = 'HS256') => jwt.setProtectedHeader({ alg }).sign(key);
    const exp = NOW / 1000 + 60;
    const unsecured = new UnsecuredJWT({}).setSubject('alice').setIssuer('earshot').setAudience('earshot');
    const refused = [
      'nonsense',
      unsecured.setExpirationTime(exp).encode(),
      await sign(claims()),
      await sign(claims().setExpirationTime(exp), new Uint8Array(32)),
      await sign(claims().setExpirationTime(exp).setAudience('other')),
      await sign(claims().setExpirationTime(exp).setIssuer('other')),
      await sign(claims().setExpirationTime(exp).setSubject('a b')),
      await tokens.sign({ ...identity, phone: 'sip:+49@elsewhere' }, 60, NOW),
      await tokens.sign({ ...identity, phone: '+49 30;x=y' }, 60, NOW),
      await sign(claims().setExpirationTime(exp), new Uint8Array(64), 'HS512'),
    ];
    for (const token of refused) expect(await codeOf(token)).toBe('auth.token_invalid');
    expect(await codeOf('')).toBe('auth.token_missing');
  });

  it('say whom a browser may call', () => {
    expect(mayCall(identity, 'echo')).toBe(true);
    expect(mayCall(identity, '+4930')).toBe(true);
    expect(mayCall(identity, 'music')).toBe(false);
    expect(mayCall({ ...identity, mayCall: ['*'] }, 'anything')).toBe(true);
    expect(mayCall({ ...identity, mayCall: [] }, 'echo')).toBe(false);
  });
});
