import { err, fault, ok } from '@earshot/base';
import { expect, it } from 'vitest';
import { portShare } from './options.js';
import { rtpPorts } from './rtp-ports.js';
import type { UdpSocket } from './udp.js';

/** Opens any port that is not in `taken`. */
function opener(taken: Set<number>) {
  return async (port: number) => {
    if (taken.has(port)) return err(fault('server.port_in_use'));
    taken.add(port);
    const socket: UdpSocket = {
      local: { address: '127.0.0.1', port },
      onPacket: () => {},
      onRefused: () => {},
      send: () => {},
      connect: () => {},
      disconnect: () => {},
      close: () => taken.delete(port),
    };
    return ok(socket);
  };
}

it('takes pairs in turn, skips those in use and says when none is left', async () => {
  const taken = new Set([41_003]);
  const open = rtpPorts(41_000, 41_005, opener(taken), () => 0);
  const first = await open();
  const second = await open();
  expect([first.ok && first.value.rtp.local.port, second.ok && second.value.rtcp.local.port]).toEqual([41_000, 41_005]);
  expect(taken.has(41_002)).toBe(false);
  expect(await open()).toMatchObject({ ok: false, error: { code: 'media.ports_exhausted' } });
  if (first.ok) for (const socket of [first.value.rtp, first.value.rtcp]) socket.close();
  const again = await open();
  expect(again.ok && again.value.rtp.local.port).toBe(41_000);
});

it('begins anywhere among the dynamic ports when no range is given', async () => {
  const pair = await rtpPorts(0, 0, opener(new Set([57_344])), () => 0.5)();
  expect(pair.ok && pair.value.rtp.local.port).toBe(57_346);
});

it('shares the range out in whole pairs that begin with an even port', () => {
  expect([0, 1, 2].map((index) => portShare([41_000, 44_999], index, 3))).toEqual([
    [41_000, 42_331],
    [42_332, 43_665],
    [43_666, 44_999],
  ]);
  expect(portShare([41_001, 41_004], 0, 1)).toEqual([41_002, 41_003]);
  expect(portShare([0, 0], 1, 2)).toEqual([0, 0]);
});
