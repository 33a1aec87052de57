import { describe, expect, it } from 'vitest';
import { canonical, kindOf } from './address-kind.js';
import { checkAddresses, type OutsideView } from './addresses.js';

const check = (advertised: readonly string[], views: readonly OutsideView[] = [], own: readonly string[] = []) =>
  checkAddresses({ advertised, own: new Set(own) }, views);

const outside = (...args: Parameters<typeof check>) =>
  check(...args).filter((finding) => finding.check === 'address.outside');

const seen = (mapped: string): OutsideView => ({ by: 'stun.example.com', mapped });

describe('an address', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['10.0.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.127.0.1', 'carrier'],
    ['127.9.9.9', 'loopback'],
    ['169.254.1.1', 'link-local'],
    ['203.0.113.7', 'example'],
    ['224.0.0.1', 'unusable'],
    ['0.0.0.0', 'unusable'],
    ['255.255.255.255', 'unusable'],
    ['2a00:1450::1', 'public'],
    ['fd00::2', 'private'],
    ['fe80::1', 'link-local'],
    ['::1', 'loopback'],
    ['::', 'unusable'],
    ['ff02::1', 'unusable'],
    ['2001:db8::1', 'example'],
  ])('%s is %s', (address, kind) => {
    expect(kindOf(address)).toBe(kind);
  });

  it('has one spelling', () => {
    expect(canonical('2001:DB8:0:0::1')).toBe('2001:db8::1');
    expect(canonical('192.0.2.1')).toBe('192.0.2.1');
    expect(canonical('call.example.com')).toBe('call.example.com');
  });
});

describe('what browsers are told', () => {
  it.each(['127.0.0.1', 'fe80::1', '169.254.1.1', '0.0.0.0', '198.51.100.1', '239.1.1.1'])(
    'must not be %s',
    (address) => {
      expect(check([address])[0]).toMatchObject({
        check: 'address',
        status: 'problem',
        code: 'server.bad_advertised_address',
        detail: expect.stringContaining(address),
      });
    },
  );

  it('may be of documentation where this machine really has it', () => {
    expect(check(['192.0.2.2'], [], ['192.0.2.2'])[0]).toMatchObject({ status: 'ok' });
  });

  it('must be something', () => {
    expect(check([])).toMatchObject([{ status: 'problem', detail: expect.stringContaining('none is advertised') }]);
  });

  it('is told to be here, or behind a NAT', () => {
    const [here, behind] = check(['10.0.0.1', '11.22.33.44'], [], ['10.0.0.1']);
    expect(here).toMatchObject({ status: 'ok', detail: 'Browsers are told 10.0.0.1: private, on this machine.' });
    expect(behind).toMatchObject({ status: 'ok', detail: expect.stringContaining('a NAT has to lead here') });
  });
});

describe('what the outside sees', () => {
  it('is right where it is advertised, in any spelling', () => {
    expect(outside(['11.22.33.44'], [seen('11.22.33.44')])).toMatchObject([{ status: 'ok' }]);
    expect(outside(['2A00:0:0::1'], [seen('2a00::1')])).toMatchObject([{ status: 'ok' }]);
  });

  it('is wrong where something else is advertised, and the remedy names it', () => {
    const wrong = {
      status: 'problem',
      code: 'server.bad_advertised_address',
      remedy: expect.stringContaining('11.22.33.55'),
    };
    expect(outside(['11.22.33.44'], [seen('11.22.33.55')])).toMatchObject([wrong]);
    expect(outside(['10.0.0.1'], [seen('11.22.33.55')], ['10.0.0.1'])).toMatchObject([wrong]);
  });

  it('says nothing when the one who was asked is not outside', () => {
    expect(outside(['11.22.33.44'], [seen('127.0.0.1')], ['127.0.0.1'])).toMatchObject([{ status: 'skipped' }]);
    expect(outside(['11.22.33.44'], [seen('10.0.0.1')], ['10.0.0.1'])).toMatchObject([{ status: 'skipped' }]);
  });

  it('is unknown where nobody was asked: a warning if all is private', () => {
    expect(outside(['11.22.33.44', '10.0.0.1'])).toMatchObject([{ status: 'skipped' }]);
    expect(outside(['10.0.0.1'])).toMatchObject([{ status: 'warning', code: 'server.bad_advertised_address' }]);
  });
});
