import { err, fault, ok } from '@earshot/base';
import { expect, it } from 'vitest';
import { type Bind, EachAddress } from './each-address.js';
import type { ListeningAddress } from './listening-addresses.js';

/** A machine with some addresses, where some ports are taken. */
class Machine {
  readonly addresses: Set<string>;
  readonly taken: Set<string>;
  /** What listens, as `transport address:port`. */
  readonly listening = new Set<string>();
  /** The ports that the system chooses, one after the other. */
  readonly choice: number[];

  constructor(addresses: readonly string[], taken: readonly string[] = [], choice: readonly number[] = []) {
    this.addresses = new Set(addresses);
    this.taken = new Set(taken);
    this.choice = [...choice];
  }

  readonly bind =
    (transport: string): Bind =>
    async (address, wanted) => {
      if (!this.addresses.has(address)) return err(fault('server.address_unavailable', undefined, address));
      const port = wanted === 0 ? (this.choice.shift() ?? 0) : wanted;
      const name = `${transport} ${address}:${port}`;
      if (this.taken.has(name)) return err(fault('server.port_in_use', undefined, name));
      this.listening.add(name);
      return ok({ port, close: () => void this.listening.delete(name) });
    };

  open(port: number): EachAddress {
    return new EachAddress(port, [this.bind('udp'), this.bind('tcp')]);
  }
}

const any = (...addresses: string[]): ListeningAddress[] => addresses.map((address) => ({ address, required: false }));

it('listens on one port of every address', async () => {
  const machine = new Machine(['a', 'b']);
  const each = machine.open(3478);
  expect(await each.open(any('a', 'b'))).toBeUndefined();
  expect([...machine.listening]).toEqual(['udp a:3478', 'tcp a:3478', 'udp b:3478', 'tcp b:3478']);
  each.close();
  expect(machine.listening.size).toBe(0);
});

it('leaves nothing behind where one of them is taken, and names it', async () => {
  const machine = new Machine(['a', 'b'], ['tcp b:3478']);
  expect(await machine.open(3478).open(any('a', 'b'))).toMatchObject({
    code: 'server.port_in_use',
    where: 'tcp b:3478',
  });
  expect(machine.listening.size).toBe(0);
});

it('takes another port of the system where the first is not free everywhere', async () => {
  const machine = new Machine(['a', 'b'], ['udp b:5001', 'tcp a:5002'], [5001, 5002, 5003]);
  const each = machine.open(0);
  expect(await each.open(any('a', 'b'))).toBeUndefined();
  expect(each.port).toBe(5003);
  expect(machine.listening.size).toBe(4);
});

it('goes on without an address that has gone, unless it was named', async () => {
  const machine = new Machine(['a']);
  const each = machine.open(3478);
  expect(await each.open(any('a', 'gone'))).toBeUndefined();
  expect([...machine.listening]).toEqual(['udp a:3478', 'tcp a:3478']);
  each.close();
  const named = [...any('a'), { address: 'gone', required: true }];
  expect(await machine.open(3478).open(named)).toMatchObject({ code: 'server.address_unavailable', where: 'gone' });
  expect(machine.listening.size).toBe(0);
});

it('fails where there is no address at all', async () => {
  expect(await new Machine([]).open(3478).open([])).toMatchObject({ code: 'server.address_unavailable' });
  expect(await new Machine([]).open(3478).open(any('gone'))).toMatchObject({ code: 'server.address_unavailable' });
});

it('follows addresses that come and go, on the port that clients know', async () => {
  const machine = new Machine(['a', 'b'], ['udp c:5001'], [5001]);
  const each = machine.open(0);
  await each.open(any('a', 'b'));
  machine.addresses.add('c');
  const faults = await each.follow(any('b', 'c'));
  expect(faults).toMatchObject([{ required: false, cause: { code: 'server.port_in_use', where: 'udp c:5001' } }]);
  expect([...machine.listening]).toEqual(['udp b:5001', 'tcp b:5001']);
  machine.taken.clear();
  expect(await each.follow(any('b', 'c'))).toEqual([]);
  expect([...machine.listening]).toEqual(['udp b:5001', 'tcp b:5001', 'udp c:5001', 'tcp c:5001']);
});
