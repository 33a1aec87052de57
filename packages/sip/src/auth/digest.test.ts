import { nodeCrypto } from '@earshot/crypto';
import { describe, expect, it } from 'vitest';
import { Headers } from '../message/headers.js';
import type { SipResponse } from '../message/message.js';
import { request, response } from '../testing/requests.js';
import { secret, seededCrypto } from '../testing/virtual-network.js';
import { Authenticator } from './authenticator.js';
import { parseChallenge } from './challenge.js';
import { digestResponse } from './digest.js';

describe('examples of the RFCs', () => {
  const mufasa = { username: 'Mufasa', method: 'GET', uri: '/dir/index.html' } as const;

  it.each([
    ['md5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['sha256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('RFC 7616 section 3.9.1 with %s', (hash, expected) => {
    const answer = digestResponse(nodeCrypto, {
      ...mufasa,
      hash,
      realm: 'http-auth@example.org',
      password: 'Circle of Life',
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      auth: { nc: '00000001', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' },
    });
    expect(answer).toBe(expected);
  });

  it('RFC 2617 section 3.5', () => {
    const answer = digestResponse(nodeCrypto, {
      ...mufasa,
      hash: 'md5',
      realm: 'testrealm@host.com',
      password: 'Circle Of Life',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      auth: { nc: '00000001', cnonce: '0a4f113b' },
    });
    expect(answer).toBe('6629fae49393a05397450978507c4ef1');
  });

  it('RFC 2069 without qop, as corrected by its erratum', () => {
    const answer = digestResponse(nodeCrypto, {
      ...mufasa,
      hash: 'md5',
      realm: 'testrealm@host.com',
      password: 'CircleOfLife',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    });
    expect(answer).toBe('1949323746fe6a43ef61f9606e7febea');
  });
});

describe('challenges', () => {
  it('are read with quotes, commas and unknown parameters', () => {
    const text =
      'Digest realm="a, \\"b\\"", qop="auth,auth-int", nonce="n=", opaque="", algorithm=SHA-256, stale=TRUE, x=y';
    expect(parseChallenge(text)).toEqual({
      realm: 'a, "b"',
      nonce: 'n=',
      opaque: '',
      algorithm: 'SHA-256',
      hash: 'sha256',
      qopAuth: true,
      stale: true,
    });
  });

  it.each([
    'Basic realm="a"',
    'Digest realm="a"',
    'Digest nonce="n"',
    'Digest realm="a", nonce="n", algorithm=SHA-512-256',
    'Digest realm="a", nonce="n", algorithm=toString',
    'Digest realm="a", nonce="n", qop="auth-int"',
    'Digest rubbish',
    '',
  ])('are left alone when they are not for us: %s', (text) => {
    expect(parseChallenge(text)).toBe(undefined);
  });
});

describe('answering', () => {
  const invite = request('INVITE');
  const challenged = (...values: readonly string[]): SipResponse => ({
    ...response(invite, 407),
    headers: new Headers(values.map((value) => ({ name: 'Proxy-Authenticate', value }))),
  });
  const authenticator = (realm?: string) =>
    new Authenticator(seededCrypto(1), {
      username: 'trunk "1"',
      password: secret('pass'),
      ...(realm === undefined ? {} : { realm }),
    });

  it('never answers for a realm that is not the trunk’s', () => {
    const auth = authenticator('trunk.example');
    expect(auth.accept(challenged('Digest realm="evil.example", nonce="n"'), 0, true)).toBe(false);
    expect(auth.headers('INVITE', invite.uri).fields).toEqual([]);
    expect(auth.accept(challenged('Digest realm="trunk.example", nonce="n"'), 0, true)).toBe(true);
  });

  it('without a configured realm is bound by the first one, and only while the leg opens', () => {
    const late = authenticator();
    expect(late.accept(challenged('Digest realm="a", nonce="n"'), 0, false)).toBe(false);
    const auth = authenticator();
    expect(auth.accept(challenged('Digest realm="a", nonce="n"'), 0, true)).toBe(true);
    expect(auth.accept(challenged('Digest realm="b", nonce="n"'), 0, true)).toBe(false);
    expect(auth.accept(challenged('Digest realm="a", nonce="m"'), 0, false)).toBe(true);
  });

  it('takes the first algorithm it knows, in the order of the server (RFC 8760 section 2.4)', () => {
    const auth = authenticator('a');
    const offers = ['SHA-512-256', 'SHA-256', 'MD5'].map(
      (algorithm) => `Digest realm="a", nonce="n", algorithm=${algorithm}, qop="auth"`,
    );
    auth.accept(challenged(...offers), 0, true);
    const value = auth.headers('INVITE', invite.uri).get('Proxy-Authorization');
    expect(value).toMatch(/^Digest username="trunk \\"1\\"", realm="a", nonce="n", uri="sip:bob@192.0.2.2", /);
    expect(value).toMatch(/response="[0-9a-f]{64}", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="[\w-]{22}"$/);
  });

  it('counts nc while the nonce lasts', () => {
    const auth = authenticator('a');
    const nc = () => /nc=(\d+)/.exec(auth.headers('BYE', invite.uri).get('Proxy-Authorization') ?? '')?.[1];
    auth.accept(challenged('Digest realm="a", nonce="n", qop="auth"'), 0, true);
    expect([nc(), nc()]).toEqual(['00000001', '00000002']);
    auth.accept(challenged('Digest realm="a", nonce="m", qop="auth", stale=true'), 1, true);
    expect(nc()).toBe('00000001');
  });

  it('tries again only for a stale nonce, and not for ever', () => {
    const auth = authenticator('a');
    const again = challenged('Digest realm="a", nonce="n"');
    const stale = challenged('Digest realm="a", nonce="n", stale=true');
    expect([auth.accept(again, 0, true), auth.accept(again, 1, true)]).toEqual([true, false]);
    expect([1, 2, 3].map((attempt) => auth.accept(stale, attempt, true))).toEqual([true, true, false]);
  });
});
