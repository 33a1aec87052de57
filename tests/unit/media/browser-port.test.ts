import type { TransportAddress } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import { BrowserPort, type BrowserRoute } from '../../../apps/gateway/src/media/browser-port.js';
import type { UdpSocket } from '../../../apps/gateway/src/media/udp.js';
import { printCheck } from '../../../packages/webrtc/src/testing/checks.js';

const FROM: TransportAddress = { address: '192.0.2.7', port: 5000 };

function listening(port: BrowserPort): (packet: Uint8Array) => void {
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
  return (packet) => socket.onPacket(packet, FROM);
}

it('forgets by which names a leg was found that has restarted, and every one when it ends', () => {
  const port = new BrowserPort();
  const receive = listening(port);
  const check = (ufrag: string): void => receive(printCheck({ username: `${ufrag}:theirs` }));
  let heard = 0;
  const route = {
    receive: (): void => {
      heard += 1;
    },
    receiveForeign: () => false,
  };
  port.setUfrags(route, ['one', 'two']);
  port.setUfrags(route, ['two', 'three']);
  for (const ufrag of ['one', 'two', 'three']) check(ufrag);
  expect([heard, port.strays]).toEqual([2, 1]);
  port.remove(route);
  for (const ufrag of ['two', 'three']) check(ufrag);
  expect([heard, port.strays]).toEqual([2, 3]);
});

describe('media from an address that nobody knows', () => {
  const SSRC = 0x01020304;
  const rtp = Uint8Array.of(0x80, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 99);
  /** A leg that takes such media, or not; counts how often it was asked. */
  const leg = (takes: boolean): BrowserRoute & { asked: number } => ({
    asked: 0,
    receive: () => undefined,
    receiveForeign() {
      this.asked += 1;
      return takes;
    },
  });

  it('is offered to the legs that heard its stream before, until one takes it', () => {
    const port = new BrowserPort();
    const receive = listening(port);
    const legs = [leg(false), leg(true), leg(true)];
    receive(rtp);
    expect(port.strays).toBe(1);
    for (const each of legs) port.addSsrc(each, SSRC);
    receive(rtp);
    expect(legs.map(({ asked }) => asked)).toEqual([1, 1, 0]);
    expect(port.strays).toBe(1);
    for (const each of legs) port.remove(each);
    receive(rtp);
    expect(legs.map(({ asked }) => asked)).toEqual([1, 1, 0]);
    expect(port.strays).toBe(2);
  });

  it('costs no more however many legs share its SSRC, and however many streams one leg has had', () => {
    const port = new BrowserPort();
    const receive = listening(port);
    const legs = Array.from({ length: 100 }, () => leg(false));
    for (const each of legs) port.addSsrc(each, SSRC);
    receive(rtp);
    expect(legs.reduce((sum, { asked }) => sum + asked, 0)).toBe(4);
    const one = leg(true);
    const other = new BrowserPort();
    const receiveThere = listening(other);
    for (let ssrc = SSRC; ssrc < SSRC + 5; ssrc += 1) other.addSsrc(one, ssrc);
    receiveThere(rtp);
    expect([one.asked, other.strays]).toEqual([0, 1]);
  });

  it('that is too short to be any, or is none, is offered to nobody', () => {
    const port = new BrowserPort();
    const receive = listening(port);
    const one = leg(true);
    port.addSsrc(one, SSRC);
    for (let length = 0; length < 12; length += 1) receive(rtp.slice(0, length));
    // RTCP, DTLS, a channel of TURN.
    for (const first of [22, 64]) receive(Uint8Array.of(first, ...rtp.slice(1)));
    receive(Uint8Array.of(0x80, 200, ...rtp.slice(2)));
    expect(one.asked).toBe(0);
  });
});
