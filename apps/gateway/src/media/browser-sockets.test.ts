import { err, fault, hostCandidatePriority, ok, type Result, type TransportAddress } from '@earshot/base';
import { expect, it } from 'vitest';
import { BrowserPort } from './browser-port.js';
import { BrowserSockets } from './browser-sockets.js';
import type { MediaHost } from './options.js';
import type { UdpSocket } from './udp.js';

const host = (address: string, required = false): MediaHost => ({ address, required, priority: 1 });

/** The system's sockets: which ports are taken where, and which addresses there are. */
class System {
  readonly taken = new Set<string>();
  readonly missing = new Set<string>();
  readonly open = new Map<string, UdpSocket>();
  /** Ports for those who ask for any. */
  free = [50_001, 50_002, 50_003, 50_004];

  readonly bind = async (address: string, wanted: number): Promise<Result<UdpSocket>> => {
    const port = wanted === 0 ? (this.free.shift() ?? 60_000) : wanted;
    const key = `${address} ${port}`;
    if (this.missing.has(address)) return err(fault('server.address_unavailable', 'EADDRNOTAVAIL', 'media.port'));
    if (this.taken.has(key) || this.open.has(key)) return err(fault('server.port_in_use', 'EADDRINUSE', 'media.port'));
    const socket = this.#socket({ address, port }, key);
    this.open.set(key, socket);
    return ok(socket);
  };

  #socket(local: TransportAddress, key: string): UdpSocket {
    return {
      local,
      onPacket: () => {},
      onRefused: () => {},
      send: () => {},
      connect: () => {},
      disconnect: () => {},
      close: () => this.open.delete(key),
    };
  }
}

const sockets = (system: System, port: number) => new BrowserSockets(new BrowserPort(), system.bind, port);
const where = (bound: readonly TransportAddress[]) => bound.map(({ address, port }) => `${address} ${port}`);

it('listens on one port on every address', async () => {
  const system = new System();
  const { sockets: bound, faults } = await sockets(system, 40_000).listen([host('a'), host('b'), host('c')]);
  expect(where(bound)).toEqual(['a 40000', 'b 40000', 'c 40000']);
  expect(faults).toEqual([]);
});

it('finds a port that is free on every address', async () => {
  const system = new System();
  for (const taken of ['b 50001', 'c 50002']) system.taken.add(taken);
  const { sockets: bound } = await sockets(system, 0).listen([host('a'), host('b'), host('c')]);
  expect(where(bound)).toEqual(['a 50003', 'b 50003', 'c 50003']);
  expect([...system.open.keys()]).toEqual(where(bound));
});

it('gives each address a port of its own where none is free on all', async () => {
  const system = new System();
  system.free = Array.from({ length: 30 }, (_, index) => 50_001 + index);
  for (const port of system.free) if (port !== 50_011) system.taken.add(`b ${port}`);
  const { sockets: bound, faults } = await sockets(system, 0).listen([host('a'), host('b')]);
  expect(where(bound)).toEqual(['a 50010', 'b 50011']);
  expect(faults).toEqual([]);
});

it('does without an address that is not there, unless somebody named it', async () => {
  const system = new System();
  system.missing.add('b');
  const quiet = await sockets(system, 40_000).listen([host('b'), host('a')]);
  expect([where(quiet.sockets), quiet.faults]).toEqual([['a 40000'], []]);
  const named = await sockets(system, 40_001).listen([host('b', true), host('a')]);
  expect(named.faults).toMatchObject([{ code: 'server.address_unavailable' }]);
});

it('says that another program has the port, on whatever address', async () => {
  const system = new System();
  system.taken.add('b 40000');
  const { sockets: bound, faults } = await sockets(system, 40_000).listen([host('a'), host('b')]);
  expect(where(bound)).toEqual(['a 40000']);
  expect(faults).toMatchObject([{ code: 'server.port_in_use' }]);
});

it('follows addresses that come and go, and keeps the sockets of those that stay', async () => {
  const system = new System();
  const all = sockets(system, 0);
  await all.listen([host('a'), host('b')]);
  const kept = system.open.get('a 50001');
  const { sockets: bound } = await all.listen([host('c'), host('a')]);
  expect(where(bound)).toEqual(['c 50001', 'a 50001']);
  expect([...system.open.keys()].toSorted()).toEqual(['a 50001', 'c 50001']);
  expect(system.open.get('a 50001')).toBe(kept);
  // A newcomer on which the port is taken gets another one; where the operator chose the port, it is a fault.
  system.taken.add('d 50001');
  expect(where((await all.listen([host('a'), host('d')])).sockets)).toEqual(['a 50001', 'd 50002']);
  all.close();
  expect(system.open.size).toBe(0);
});

it('tells sessions by which priority and which outer address a socket is known', async () => {
  const system = new System();
  const port = new BrowserPort();
  const all = new BrowserSockets(port, system.bind, 40_000);
  const heard: number[] = [];
  port.setUfrags({ receive: (_packet, _from, local) => heard.push(local.priority), receiveForeign: () => false }, [
    'ours',
  ]);
  port.addAddress(
    { receive: (_packet, _from, local) => heard.push(local.priority), receiveForeign: () => false },
    { address: 'x', port: 1 },
  );
  for (const index of [0, 3]) {
    await all.listen([{ ...host('a'), priority: hostCandidatePriority(index), outer: 'outside' }]);
    system.open.get('a 40000')?.onPacket(new Uint8Array([0x80]), { address: 'x', port: 1 });
  }
  expect(heard).toEqual([hostCandidatePriority(0), hostCandidatePriority(3)]);
  expect(port.seenFromOutside({ address: 'a', port: 7 })).toEqual({ address: 'outside', port: 7 });
  await all.listen([host('a')]);
  expect(port.seenFromOutside({ address: 'a', port: 7 })).toEqual({ address: 'a', port: 7 });
});
