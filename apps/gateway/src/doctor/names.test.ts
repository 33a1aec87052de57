import { expect, it } from 'vitest';
import { checkConfig } from '../config/load.js';
import type { OutsideView } from './addresses.js';
import { checkNames } from './names.js';

const seen: OutsideView = { by: 'stun.example.com', mapped: '11.22.33.44' };

function check(advertisedHost: string | undefined, own: readonly string[], views: readonly OutsideView[] = []) {
  const config = checkConfig({ turn: advertisedHost === undefined ? {} : { advertisedHost } });
  if (!config.ok) throw new Error('a mistake in the test');
  return checkNames(
    {
      ...{ config: config.value, running: undefined, stun: undefined, ntp: undefined },
      ...{ url: new URL('https://127.0.0.1:8443'), advertised: ['198.51.100.1'], own: new Set(own) },
    },
    views,
  );
}

it('leads here, or to what is advertised, or to what the outside sees', async () => {
  expect(await check(undefined, ['127.0.0.1'])).toMatchObject([{ status: 'ok' }]);
  expect(await check('198.51.100.1', ['127.0.0.1'])).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
  expect(await check('11.22.33.44', ['127.0.0.1'], [seen])).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
});

it('leads elsewhere: a warning, or a problem once the outside was asked', async () => {
  const elsewhere = { check: 'name', code: 'server.name_elsewhere', detail: expect.stringContaining('127.0.0.1') };
  expect(await check(undefined, [])).toMatchObject([{ ...elsewhere, status: 'warning' }]);
  expect(await check(undefined, [], [seen])).toMatchObject([{ ...elsewhere, status: 'problem' }]);
});

it('leads nowhere', async () => {
  expect((await check('does-not-exist.invalid', ['127.0.0.1']))[0]).toMatchObject({
    status: 'problem',
    code: 'server.name_unknown',
  });
});
