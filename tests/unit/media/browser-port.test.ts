import type { TransportAddress } from '@earshot/base';
import { expect, it } from 'vitest';
import { BrowserPort } from '../../../apps/gateway/src/media/browser-port.js';
import type { UdpSocket } from '../../../apps/gateway/src/media/udp.js';
import { printCheck } from '../../../packages/webrtc/src/testing/checks.js';

const FROM: TransportAddress = { address: '192.0.2.7', port: 5000 };

function listening(port: BrowserPort): (ufrag: string) => void {
  const socket: UdpSocket = {
    local: { address: '198.51.100.1', port: 40_000 },
    onPacket: () => {},
    onRefused: () => {},
    send: () => {},
    connect: () => {},
    disconnect: () => {},
    close: () => {},
  };
  port.open(socket, 1);
  return (ufrag) => socket.onPacket(printCheck({ username: `${ufrag}:theirs` }), FROM);
}

it('forgets by which names a leg was found that has restarted, and every one when it ends', () => {
  const port = new BrowserPort();
  const check = listening(port);
  let heard = 0;
  const route = {
    receive: (): void => {
      heard += 1;
    },
  };
  port.setUfrags(route, ['one', 'two']);
  port.setUfrags(route, ['two', 'three']);
  for (const ufrag of ['one', 'two', 'three']) check(ufrag);
  expect([heard, port.strays]).toEqual([2, 1]);
  port.remove(route);
  for (const ufrag of ['two', 'three']) check(ufrag);
  expect([heard, port.strays]).toEqual([2, 3]);
});
