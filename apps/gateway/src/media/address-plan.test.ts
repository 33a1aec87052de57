import { hostCandidatePriority } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { reachableAddresses } from '../net/reachable.js';
import { type AddressSettings, planAddresses } from './address-plan.js';

const REACHABLE = ['2001:db8::7', '192.0.2.7', 'fd00::7', '10.0.0.7'];
const EVERYWHERE = ['0.0.0.0', '::'];

const offered = (settings: AddressSettings, reachable = REACHABLE) =>
  planAddresses(settings, reachable).offered.map((each) => `${each.public} at ${each.local}`);
const bound = (settings: AddressSettings, reachable = REACHABLE) =>
  planAddresses(settings, reachable).hosts.map(({ address }) => address);

describe('what is bound', () => {
  it.each([
    [EVERYWHERE, REACHABLE],
    [['0.0.0.0'], ['192.0.2.7', '10.0.0.7']],
    [['::'], ['2001:db8::7', 'fd00::7']],
    [['10.0.0.7'], ['10.0.0.7']],
    [
      ['10.0.0.7', '::', '0.0.0.0'],
      ['10.0.0.7', '2001:db8::7', '192.0.2.7', 'fd00::7'],
    ],
    [['198.51.100.1'], ['198.51.100.1']],
  ])('by %j is %j', (hosts, expected) => {
    expect(bound({ hosts })).toEqual(expected);
  });

  it('must be there where somebody named it, and need not where it came by a wildcard', () => {
    const { hosts } = planAddresses({ hosts: ['10.0.0.7', '::'] }, REACHABLE);
    expect(hosts.map(({ address, required }) => [address, required])).toEqual([
      ['10.0.0.7', true],
      ['2001:db8::7', false],
      ['fd00::7', false],
    ]);
  });

  it('offers the one IPv4 address of a machine with a crowd of temporary IPv6 ones', () => {
    const crowd = Array.from({ length: 20 }, (_, index) => ({ address: `2001:db8::${index + 1}` }));
    const reachable = reachableAddresses([], { eth0: [...crowd, { address: '192.0.2.7' }] });
    expect(offered({ hosts: EVERYWHERE }, reachable)).toContain('192.0.2.7 at 192.0.2.7');
  });

  it('is few of very many, and fewer still are offered, of both families', () => {
    const many = Array.from({ length: 50 }, (_, index) => [`2001:db8::${index + 1}`, `10.0.${index}.1`]).flat();
    const plan = planAddresses({ hosts: EVERYWHERE }, many);
    expect(plan.hosts).toHaveLength(32);
    expect(plan.offered.map((each) => each.public)).toEqual(many.slice(0, 8));
    expect(planAddresses({ hosts: many.slice(0, 40) }, many).hosts).toHaveLength(40);
  });
});

describe('what is offered', () => {
  it('is what is bound, in its order, as the priorities say', () => {
    expect(offered({ hosts: ['0.0.0.0'] })).toEqual(['192.0.2.7 at 192.0.2.7', '10.0.0.7 at 10.0.0.7']);
    const { hosts } = planAddresses({ hosts: ['0.0.0.0'] }, REACHABLE);
    expect(hosts).toEqual([
      { address: '192.0.2.7', required: false, priority: hostCandidatePriority(0) },
      { address: '10.0.0.7', required: false, priority: hostCandidatePriority(1) },
    ]);
  });

  it('is one of several interfaces, where the operator says so', () => {
    const advertised = [{ public: '10.0.0.7', local: '10.0.0.7' }];
    const plan = planAddresses({ hosts: EVERYWHERE, advertised }, REACHABLE);
    expect(plan.offered).toEqual(advertised);
    expect(plan.hosts.map(({ address, priority, outer }) => [address, priority, outer])).toEqual([
      ['2001:db8::7', hostCandidatePriority(1), undefined],
      ['192.0.2.7', hostCandidatePriority(1), undefined],
      ['fd00::7', hostCandidatePriority(1), undefined],
      ['10.0.0.7', hostCandidatePriority(0), undefined],
    ]);
  });

  it('is the outer address of each inner one behind 1:1 NAT', () => {
    const advertised = [
      { public: '203.0.113.2', local: '10.0.0.7' },
      { public: '203.0.113.1', local: '192.0.2.7' },
      { public: '2001:db8::7', local: '2001:db8::7' },
    ];
    const plan = planAddresses({ hosts: EVERYWHERE, advertised }, REACHABLE);
    expect(plan.offered).toEqual(advertised);
    expect(plan.hosts.map(({ address, outer }) => [address, outer])).toEqual([
      ['2001:db8::7', undefined],
      ['192.0.2.7', '203.0.113.1'],
      ['fd00::7', undefined],
      ['10.0.0.7', '203.0.113.2'],
    ]);
  });

  it('is an address in front of this machine, which leads to any of its family', () => {
    const advertised = [{ public: '203.0.113.1', local: '203.0.113.1' }];
    const plan = planAddresses({ hosts: EVERYWHERE, advertised }, REACHABLE);
    expect(plan.offered).toEqual([{ public: '203.0.113.1', local: '192.0.2.7' }]);
    expect(plan.hosts.map(({ outer }) => outer)).toEqual([undefined, '203.0.113.1', undefined, '203.0.113.1']);
    expect(offered({ hosts: ['::'], advertised })).toEqual(['203.0.113.1 at 2001:db8::7']);
  });

  it('does not take an address that the machine has lost for one in front of it', () => {
    const advertised = ['192.0.2.99', '10.0.0.7'].map((address) => ({ public: address, local: address }));
    const plan = planAddresses({ hosts: EVERYWHERE, advertised }, REACHABLE, new Set(['192.0.2.99']));
    expect(plan.offered).toEqual([{ public: '10.0.0.7', local: '10.0.0.7' }]);
    expect(plan.absent).toEqual(['192.0.2.99']);
    expect(plan.hosts.every(({ outer }) => outer === undefined)).toBe(true);
  });

  it('may be an inner address beside its outer one, for those on the same side', () => {
    const advertised = [
      { public: '203.0.113.1', local: '10.0.0.7' },
      { public: '10.0.0.7', local: '10.0.0.7' },
    ];
    const plan = planAddresses({ hosts: ['10.0.0.7'], advertised }, REACHABLE);
    expect(plan.offered).toEqual(advertised);
    // From inside it is known by both, so that neither is put in the place of the other.
    expect(plan.hosts[0]?.outer).toBeUndefined();
  });

  it('is nothing of an inner address that this machine does not have, which is named', () => {
    const advertised = [
      { public: '203.0.113.1', local: '10.9.9.9' },
      { public: '203.0.113.2', local: '10.0.0.7' },
    ];
    const plan = planAddresses({ hosts: EVERYWHERE, advertised }, REACHABLE);
    expect(plan.offered).toEqual([{ public: '203.0.113.2', local: '10.0.0.7' }]);
    expect(plan.absent).toEqual(['10.9.9.9']);
  });
});
