import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeUtf8 } from '../message/utf8.js';
import { VirtualNetwork } from '../testing/virtual-network.js';

it('never throws, and forgets everything in the end, when the wire repeats, mixes and mutates real traffic', () => {
  const captured: Uint8Array[] = [];
  const play = (change: (bytes: Uint8Array) => readonly Uint8Array[]): number => {
    const network = new VirtualNetwork();
    const alice = network.host('192.0.2.1', { maxLegs: 20, maxTransactions: 50 });
    const bob = network.host('192.0.2.2', { maxLegs: 20, maxTransactions: 50 });
    bob.react = (event) => {
      if (event.type !== 'incoming') return;
      bob.act({ type: 'ring', legId: event.legId, status: 180 });
      bob.act({ type: 'answer', legId: event.legId, sdp: 'v=0' });
    };
    network.fate = ({ to, bytes }) => {
      captured.push(bytes);
      const host = to.address === '192.0.2.1' ? alice : bob;
      const from = to.address === '192.0.2.1' ? bob : alice;
      for (const changed of change(bytes)) host.act({ type: 'receive', flow: host.flowTo(from), bytes: changed });
      return [1];
    };
    alice.act({
      type: 'invite',
      legId: 'a',
      uri: 'sip:bob@192.0.2.2',
      from: { uri: 'sip:alice@192.0.2.1' },
      flow: alice.flowTo(bob),
      sdp: 'v=0',
    });
    network.run(500);
    network.fate = () => [1];
    alice.act({ type: 'hangup', legId: 'a' });
    for (const host of [alice, bob]) {
      for (const event of host.of('incoming')) host.act({ type: 'hangup', legId: event.legId });
    }
    network.run(200_000);
    expect([alice.agent.nextTimeout, bob.agent.nextTimeout]).toEqual([undefined, undefined]);
    return alice.agent.dialogs + bob.agent.dialogs;
  };
  expect(play(() => [])).toBe(0);
  const samples = captured.splice(0);

  const property = fc.property(
    fc.infiniteStream(
      fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('', 'x', ';', '\r\n', 'SIP/2.0 200', 'BYE', '0'), fc.nat(8)),
    ),
    (stream) => {
      let budget = 12;
      const left = play(() => {
        budget -= 1;
        const { value } = stream.next();
        if (budget < 0 || value === undefined) return [];
        const [which, at, insert, remove] = value as [number, number, string, number];
        const bytes = samples[which % samples.length] ?? new Uint8Array(0);
        const cut = at % (bytes.length + 1);
        const mutated = [...bytes.slice(0, cut), ...encodeUtf8(insert), ...bytes.slice(cut + remove)];
        return [Uint8Array.from(mutated), bytes];
      });
      expect(left).toBe(0);
    },
  );
  fc.assert(property, { seed: 3261, numRuns: 60 });
});
