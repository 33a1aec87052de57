import { formatIp, parseIp, unmapIpv4 } from '@earshot/stun';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInside, parsePrefix } from './ip-prefix.js';
import { PeerPolicy } from './peer-policy.js';

const seed = 8656;
const ip = (text: string): Uint8Array => unmapIpv4(parseIp(text) ?? new Uint8Array(0));
const allows = (policy: PeerPolicy, address: string): boolean => policy.allowsAddress(ip(address));
const at = (address: string, port: number) => ({ address, port });

describe('own peers', () => {
  const policy = new PeerPolicy({
    own: [
      { advertised: at('203.0.113.9', 40_000), local: at('10.0.0.5', 40_000) },
      { advertised: at('203.0.113.9', 40_001), local: at('10.0.0.5', 40_001) },
      { advertised: at('127.0.0.1', 40_002), local: at('127.0.0.1', 40_002) },
      { advertised: at('2001:DB8:0:0::9', 40_000), local: at('fd00::5', 40_000) },
    ],
  });

  it('are allowed at exactly their ports, and reached where they are bound', () => {
    expect(policy.targetOf(ip('203.0.113.9'), 40_001)).toEqual(at('10.0.0.5', 40_001));
    expect(policy.targetOf(ip('2001:db8::9'), 40_000)).toEqual(at('fd00::5', 40_000));
    expect(policy.targetOf(ip('127.0.0.1'), 40_002)).toEqual(at('127.0.0.1', 40_002));
    for (const port of [0, 22, 5060, 39_999, 40_002]) {
      expect(policy.targetOf(ip('203.0.113.9'), port)).toBeUndefined();
    }
    expect(policy.targetOf(ip('10.0.0.5'), 40_000)).toBeUndefined();
  });

  it('are allowed by their address where no port is named', () => {
    const addresses = ['203.0.113.9', '127.0.0.1', '::ffff:203.0.113.9', '10.0.0.5', '203.0.113.8', '127.0.0.2'];
    expect(addresses.map((address) => allows(policy, address))).toEqual([true, true, true, false, false, false]);
  });

  it('are found by where their packets come from, by every name they have', () => {
    const twice = new PeerPolicy({
      own: [
        { advertised: at('203.0.113.9', 1), local: at('10.0.0.5', 40_000) },
        { advertised: at('192.0.2.1', 2), local: at('10.0.0.5', 40_000) },
      ],
    });
    expect(twice.namesOf(at('10.0.0.5', 40_000))).toEqual([at('203.0.113.9', 1), at('192.0.2.1', 2)]);
    expect(twice.namesOf(at('10.0.0.5', 40_001))).toEqual([]);
    expect(twice.namesOf(at('10.0.0.6', 40_000))).toEqual([]);
  });

  it('are never addresses that nothing can be sent to', () => {
    const wild = ['0.0.0.0', '::', '224.0.0.1', '255.255.255.255', 'ff02::1', 'turn.example.com'];
    const own = wild.map((address) => ({ advertised: at(address, 1), local: at('10.0.0.5', 1) }));
    const odd = new PeerPolicy({ own });
    for (const address of wild.slice(0, 5)) expect(allows(odd, address)).toBe(false);
  });
});

/** Of every block for special use, and its edges. */
const SPECIAL = [
  ...['10.0.0.0', '10.255.255.255', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1'],
  ...['172.31.255.255', '192.0.0.8', '192.168.0.1', '198.18.0.1', '198.19.255.255'],
  ...['::1', '::7f00:1', 'fc00::1', 'fdff::1', 'fe80::1', 'febf::1', 'fec0::1', '64:ff9b::7f00:1', '64:ff9b:1::a00:1'],
  ...['2002:7f00:1::', '2001::1', '100::1'],
];
const NEVER = ['0.0.0.0', '0.1.2.3', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '::', 'ff02::1'];

describe('ranges', () => {
  const everything = new PeerPolicy({ own: [], ranges: ['0.0.0.0/0', '::/0'], hostAddresses: ['192.0.2.80'] });

  it.each(['8.8.8.8', '1.0.0.0', '172.32.0.1', '11.0.0.0', '2606:4700::1', '2001:db8::1'])(
    '0.0.0.0/0 and ::/0 mean %s on the Internet, with every port but 0',
    (address) => {
      expect(allows(everything, address)).toBe(true);
      expect(everything.targetOf(ip(address), 9)).toEqual(at(address, 9));
      expect(everything.targetOf(ip(address), 0)).toBeUndefined();
    },
  );

  it.each([...SPECIAL, ...NEVER, '192.0.2.80'])('and not %s', (address) => {
    expect(allows(everything, address)).toBe(false);
    expect(everything.targetOf(ip(address), 9)).toBeUndefined();
  });

  it.each([...SPECIAL, ...NEVER.filter((address) => !address.includes(':'))])(
    'nor %s when it is mapped to IPv6',
    (address) => {
      expect(allows(everything, `::ffff:${address}`)).toBe(false);
    },
  );

  it.each([
    ['10.0.0.0/8', '10.1.2.3'],
    ['10.1.0.0/16', '10.1.2.3'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['fd00::/8', 'fd00::1'],
    ['fe80::/64', 'fe80::1'],
    ['64:ff9b::/96', '64:ff9b::7f00:1'],
    ['192.168.1.0/24', '192.168.1.255'],
    ['::ffff:10.0.0.0/104', '10.1.2.3'],
  ])('%s names what lies in a special block: %s', (range, address) => {
    expect(allows(new PeerPolicy({ own: [], ranges: [range] }), address)).toBe(true);
  });

  it.each([
    ['8.0.0.0/6', '10.0.0.1'],
    ['128.0.0.0/1', '192.168.0.1'],
    ['192.168.0.0/15', '192.168.0.1'],
    ['::/8', '::1'],
    ['fc00::/6', 'fd00::1'],
    ['10.1.0.0/16', '10.2.0.1'],
  ])('%s does not: %s', (range, address) => {
    expect(allows(new PeerPolicy({ own: [], ranges: [range] }), address)).toBe(false);
  });

  it('an address of this host is meant only when it is named by itself', () => {
    const near = new PeerPolicy({ own: [], ranges: ['192.0.2.0/24'], hostAddresses: ['192.0.2.80'] });
    expect([allows(near, '192.0.2.80'), allows(near, '192.0.2.81')]).toEqual([false, true]);
    const named = new PeerPolicy({ own: [], ranges: ['192.0.2.80/32'], hostAddresses: ['192.0.2.80'] });
    expect(allows(named, '192.0.2.80')).toBe(true);
  });

  it.each(NEVER)('%s cannot even be named', (address) => {
    expect(allows(new PeerPolicy({ own: [], ranges: [address] }), address)).toBe(false);
  });

  it.each(['', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', '10.0.0.0/x', 'example.com', '::/129', '10.0.0.0/1.5'])(
    '%j is none, which is a bug of who gives it',
    (range) => {
      expect(() => new PeerPolicy({ own: [], ranges: [range] })).toThrow(TypeError);
    },
  );
});

it('a prefix has the addresses that begin with its bits', () => {
  const address = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  const bits = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  fc.assert(
    fc.property(address, address, fc.nat(128), (inner, outer, size) => {
      const length = Math.min(size, outer.length * 8);
      const expected = inner.length === outer.length && bits(inner).startsWith(bits(outer).slice(0, length));
      expect(isInside({ bytes: inner, length: inner.length * 8 }, { bytes: outer, length })).toBe(expected);
    }),
    { seed, numRuns: 500 },
  );
  expect(formatIp(parsePrefix('192.0.2.0/24').bytes)).toBe('192.0.2.0');
});

it('whatever is asked, the answer is a listed target or an address of a range', () => {
  const own = [{ advertised: at('203.0.113.9', 40_000), local: at('10.0.0.5', 40_000) }];
  const policy = new PeerPolicy({ own, ranges: ['192.0.2.0/24'] });
  const near = fc.constantFrom('203.0.113.9', '10.0.0.5', '192.0.2.7', '127.0.0.1', '::ffff:192.0.2.7').map(ip);
  const any = fc.oneof(
    near,
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(any, fc.oneof(fc.constant(40_000), fc.nat(65_535)), (bytes, port) => {
      const target = policy.targetOf(bytes, port);
      if (target === undefined) return;
      const isOwn = target.address === '10.0.0.5' && target.port === 40_000 && formatIp(bytes) === '203.0.113.9';
      expect(isOwn || (target.address === formatIp(bytes) && target.address.startsWith('192.0.2.'))).toBe(true);
      expect(policy.allowsAddress(bytes)).toBe(true);
    }),
    { seed, numRuns: 1000 },
  );
});
