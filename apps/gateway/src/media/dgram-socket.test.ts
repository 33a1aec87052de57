import { afterEach, expect, it } from 'vitest';
import { lacksIpv6 } from '../testing/machine.js';
import { openUdpSocket } from './dgram-socket.js';
import type { UdpSocket } from './udp.js';

const HOST = '127.0.0.1';
const opened: UdpSocket[] = [];

async function open(port = 0): Promise<UdpSocket> {
  const socket = await openUdpSocket(HOST, port, 'media.port', false);
  if (!socket.ok) throw new Error(socket.error.code);
  opened.push(socket.value);
  return socket.value;
}

const nextPacket = (socket: UdpSocket): Promise<string> =>
  new Promise((resolve) => {
    socket.onPacket = (packet, { port }) => resolve(`${Buffer.from(packet)} from ${port}`);
  });

afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

/** A port that nobody has now; disconnecting keeps it, unlike one of the system's choice. */
async function freePort(): Promise<number> {
  const socket = await open();
  socket.close();
  return socket.local.port;
}

it('sends a part of a buffer to whom it is told, and once connected to nobody else', async () => {
  const [a, b, c] = [await open(await freePort()), await open(), await open()];
  const bytes = Buffer.from('..hello..');
  const first = nextPacket(b);
  a.send(bytes, 2, 5, b.local);
  expect(await first).toBe(`hello from ${a.local.port}`);
  a.connect(b.local);
  const second = nextPacket(b);
  a.send(bytes, 2, 4, c.local);
  expect(await second).toBe(`hell from ${a.local.port}`);
  const third = nextPacket(a);
  c.send(bytes, 0, 3, a.local);
  b.send(bytes, 2, 3, a.local);
  expect(await third).toBe(`hel from ${b.local.port}`);
  a.disconnect();
  const fourth = nextPacket(a);
  c.send(bytes, 2, 2, a.local);
  expect(await fourth).toBe(`he from ${c.local.port}`);
});

it('hears by ICMP that nobody listens at the connected remote', async () => {
  const [a, b] = [await open(), await open()];
  a.connect(b.local);
  b.close();
  const refused = new Promise<void>((resolve) => {
    a.onRefused = resolve;
  });
  a.send(Buffer.from('x'), 0, 1, b.local);
  await refused;
});

it('survives addresses that cannot be, and anything after close', async () => {
  const a = await open();
  const byte = Buffer.from('x');
  for (const to of [
    { address: HOST, port: 0 },
    { address: HOST, port: 70_000 },
    { address: 'not-an-address', port: 9 },
    { address: '::1', port: 9 },
  ]) {
    a.send(byte, 0, 1, to);
    a.connect(to);
    a.send(byte, 0, 1, to);
    a.disconnect();
  }
  a.close();
  a.close();
  a.send(byte, 0, 1, a.local);
  a.connect(a.local);
  a.disconnect();
});

it.skipIf(lacksIpv6())('speaks IPv6 from an IPv6 address, beside IPv4 on the same port', async () => {
  const four = await open();
  const six = await openUdpSocket('::1', four.local.port, 'media.port', true);
  if (!six.ok) throw new Error(six.error.code);
  opened.push(six.value);
  const other = await openUdpSocket('::1', 0, 'media.port', false);
  if (!other.ok) throw new Error(other.error.code);
  opened.push(other.value);
  const heard = nextPacket(other.value);
  six.value.send(Buffer.from('six'), 0, 3, other.value.local);
  expect(await heard).toBe(`six from ${four.local.port}`);
});

it('calls an address of no interface, and a family that is not there, unavailable', async () => {
  for (const host of ['2001:db8::1', '192.0.2.1']) {
    expect(await openUdpSocket(host, 0, 'media.port', true)).toMatchObject({
      ok: false,
      error: { code: 'server.address_unavailable', where: 'media.port' },
    });
  }
});

it('names what stands in the way of a bind', async () => {
  const a = await open();
  const again = await openUdpSocket(HOST, a.local.port, 'media.port', true);
  expect(again).toMatchObject({ ok: false, error: { code: 'server.port_in_use', where: 'media.port' } });
  const foreign = await openUdpSocket('192.0.2.1', 0, 'media.host', true);
  expect(foreign).toMatchObject({ ok: false, error: { code: 'server.address_unavailable' } });
});
