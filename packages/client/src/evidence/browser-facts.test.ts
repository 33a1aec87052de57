import { expect, it } from 'vitest';
import { browserFacts, isInApp } from './browser-facts.js';

const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1';

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 'Firefox', '153', 'Linux', false],
  [SAFARI, 'Safari', '18', 'iOS', true],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1',
    'Chrome',
    '130',
    'iOS',
    true,
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/131.0.0.0',
    'Edge',
    '131',
    'Windows',
    false,
  ],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36',
    'Samsung Internet',
    '27',
    'Android',
    true,
  ],
])('knows %s', (userAgent, name, version, os, mobile) => {
  expect(browserFacts(userAgent)).toEqual({ name, version, os, mobile });
});

it('makes nothing up', () => {
  expect(browserFacts('')).toEqual({ name: 'unknown', version: 'unknown' });
});

it('knows apps that show pages', () => {
  expect(isInApp('Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Chrome/122.0 [FB_IAB/FB4A;]')).toBe(true);
  expect(isInApp('Mozilla/5.0 (iPhone) AppleWebKit/605 Mobile/15E148 Instagram 300.0')).toBe(true);
  expect(isInApp(SAFARI)).toBe(false);
});
