import { type Fault, fault, type TransportAddress } from '@earshot/base';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type ListeningPool, MediaAddresses } from './media-addresses.js';
import type { MediaHost } from './options.js';

const EVERYWHERE = { hosts: ['0.0.0.0', '::'] };

/** Two workers that bind what they are told, on ports of their own. */
class Pool implements ListeningPool {
  sockets: TransportAddress[][] = [[], []];
  readonly missing = new Set<string>();
  asked = 0;
  #listener: (faults: readonly Fault[]) => void = () => {};

  listen(hosts: readonly MediaHost[]): void {
    this.asked += 1;
    this.sockets = this.sockets.map((_, index) =>
      hosts
        .filter(({ address }) => !this.missing.has(address))
        .map(({ address }) => ({ address, port: 40_000 + index })),
    );
    this.say([]);
  }

  say(faults: readonly Fault[]): void {
    for (const _worker of this.sockets) this.#listener(faults);
  }

  onListening(listener: (faults: readonly Fault[]) => void): void {
    this.#listener = listener;
  }
}

class Machine {
  reachable: string[] = ['192.0.2.7'];
  readonly addresses = (): string[] => this.reachable;
  readonly usualSources = async (): Promise<string[]> => [];
}

let machine: Machine;
let pool: Pool;
let faults: Fault[];
beforeEach(() => {
  vi.useFakeTimers();
  machine = new Machine();
  pool = new Pool();
  faults = [];
});
afterEach(() => {
  vi.useRealTimers();
});

async function started(settings: Parameters<typeof MediaAddresses.plan>[0] = EVERYWHERE): Promise<MediaAddresses> {
  const addresses = await MediaAddresses.plan(settings, machine);
  pool.listen(addresses.hosts);
  addresses.follow(pool, (each) => faults.push(each));
  return addresses;
}

const said = ({ list }: MediaAddresses) => list.map((each) => `${each.public} ${each.local} ${each.port}`);

it('lists what browsers are told, of every worker', async () => {
  machine.reachable = ['2001:db8::7', '192.0.2.7'];
  const addresses = await started();
  expect(said(addresses)).toEqual([
    '2001:db8::7 2001:db8::7 40000',
    '192.0.2.7 192.0.2.7 40000',
    '2001:db8::7 2001:db8::7 40001',
    '192.0.2.7 192.0.2.7 40001',
  ]);
  expect(addresses.candidates(pool.sockets[1] ?? [])).toEqual([
    { address: '2001:db8::7', port: 40_001 },
    { address: '192.0.2.7', port: 40_001 },
  ]);
  addresses.stop();
});

it('notices within seconds that addresses came and went, and says so once', async () => {
  const addresses = await started();
  let changes = 0;
  const end = addresses.onChange(() => {
    changes += 1;
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect([pool.asked, changes]).toEqual([1, 0]);
  machine.reachable = ['10.8.0.2', '192.0.2.7'];
  await vi.advanceTimersByTimeAsync(3000);
  expect(addresses.candidates(pool.sockets[0] ?? []).map(({ address }) => address)).toEqual(['10.8.0.2', '192.0.2.7']);
  machine.reachable = ['10.8.0.2'];
  await vi.advanceTimersByTimeAsync(3000);
  expect(said(addresses)).toEqual(['10.8.0.2 10.8.0.2 40000', '10.8.0.2 10.8.0.2 40001']);
  expect(changes).toBe(2);
  end();
  addresses.stop();
  machine.reachable = ['192.0.2.7'];
  await vi.advanceTimersByTimeAsync(60_000);
  expect([pool.asked, changes]).toEqual([3, 2]);
});

it('tries an address again that could not be bound when it appeared', async () => {
  const addresses = await started();
  pool.missing.add('2001:db8::7');
  machine.reachable = ['2001:db8::7', '192.0.2.7'];
  await vi.advanceTimersByTimeAsync(6000);
  expect(said(addresses)).toHaveLength(2);
  pool.missing.clear();
  await vi.advanceTimersByTimeAsync(3000);
  expect(said(addresses)).toHaveLength(4);
  expect(faults).toEqual([]);
  addresses.stop();
});

it('follows a worker that was replaced, on whatever port', async () => {
  const addresses = await started();
  let changes = 0;
  addresses.onChange(() => {
    changes += 1;
  });
  pool.sockets = [[], pool.sockets[1] ?? []];
  pool.say([]);
  expect(said(addresses)).toEqual(['192.0.2.7 192.0.2.7 40001']);
  pool.sockets = [[{ address: '192.0.2.7', port: 50_123 }], pool.sockets[1] ?? []];
  pool.say([]);
  expect(said(addresses)).toEqual(['192.0.2.7 192.0.2.7 50123', '192.0.2.7 192.0.2.7 40001']);
  expect(changes).toBe(2);
  addresses.stop();
});

it('says each fault once, and again when the machine has changed', async () => {
  const addresses = await started();
  const problem = fault('server.port_in_use', 'EADDRINUSE', 'media.port');
  pool.say([problem]);
  pool.say([]);
  pool.say([problem]);
  expect(faults).toEqual([problem]);
  machine.reachable = ['192.0.2.7', '192.0.2.8'];
  await vi.advanceTimersByTimeAsync(3000);
  pool.say([problem]);
  expect(faults).toEqual([problem, problem]);
  addresses.stop();
});

it('names an inner address that is not of this machine: at the start as a mistake, later as a loss', async () => {
  const advertised = [{ public: '203.0.113.1', local: '192.0.2.7' }];
  const missing = fault('server.address_unavailable', '192.0.2.7', 'media.advertisedAddresses');
  const addresses = await started({ ...EVERYWHERE, advertised });
  expect(addresses.mistake).toBeUndefined();
  expect(said(addresses)).toEqual(['203.0.113.1 192.0.2.7 40000', '203.0.113.1 192.0.2.7 40001']);
  machine.reachable = ['192.0.2.99'];
  await vi.advanceTimersByTimeAsync(3000);
  expect(faults).toEqual([missing]);
  expect(addresses.list).toEqual([]);
  addresses.stop();
  expect((await MediaAddresses.plan({ ...EVERYWHERE, advertised }, machine)).mistake).toEqual(missing);
});

it('offers an address again that was gone for a while, and nothing in its place meanwhile', async () => {
  machine.reachable = ['192.0.2.7', '10.0.0.7'];
  const advertised = machine.reachable.map((address) => ({ public: address, local: address }));
  const addresses = await started({ ...EVERYWHERE, advertised });
  expect(addresses.list).toHaveLength(4);
  machine.reachable = ['10.0.0.7'];
  await vi.advanceTimersByTimeAsync(3000);
  expect(said(addresses)).toEqual(['10.0.0.7 10.0.0.7 40000', '10.0.0.7 10.0.0.7 40001']);
  machine.reachable = ['192.0.2.7', '10.0.0.7'];
  await vi.advanceTimersByTimeAsync(3000);
  expect(addresses.list).toHaveLength(4);
  addresses.stop();
});
