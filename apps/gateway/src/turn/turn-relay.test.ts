import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fault } from '@earshot/base';
import { METHOD_BINDING, parseStun, printStun } from '@earshot/stun';
import { afterEach, describe, expect, it } from 'vitest';
import { lacksIpv6 } from '../testing/machine.js';
import { testCertificate } from '../testing/tls.js';
import { credentials, HOST, RelayWorld, roundTrip } from './testing/relay-world.js';

const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
/** Another IPv4 address of this machine, where it has one. */
const OTHER = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const worlds: RelayWorld[] = [];

async function start(...args: Parameters<typeof RelayWorld.start>): Promise<RelayWorld> {
  const world = await RelayWorld.start(...args);
  worlds.push(world);
  return world;
}

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

const transactionId = new Uint8Array(12).fill(7);
/** Longer than it need be, so that an answer is no amplification. */
const BINDING = printStun({ class: 'request', method: METHOD_BINDING, transactionId }, [
  { type: 0x8022, value: new Uint8Array(32) },
]);

it.each(['udp', 'tcp', 'tls'] as const)('relays over %s, by indications and by a channel', async (transport) => {
  const world = await start({ certificate: await testCertificate() });
  const session = await world.allocated(transport);
  expect(await session.permit(HOST)).toMatchObject({ ok: true });
  const back = `from ${HOST}:${world.echo.port}`;
  expect(await roundTrip(session, world.echo, 'by indication')).toBe(`by indication ${back}`);
  expect(await session.bindChannel(world.echo)).toMatchObject({ ok: true });
  expect(await roundTrip(session, world.echo, 'by channel')).toBe(`by channel ${back}`);
  expect(await roundTrip(session, world.echo, 'x'.repeat(8000))).toBe(`${'x'.repeat(8000)} ${back}`);
  expect(world.relay.counters).toMatchObject({ packetsUp: 3, packetsDown: 3, active: { [transport]: 1 } });
});

it.skipIf(lacksIpv6())('relays over IPv6', async () => {
  const world = await start({}, '::1');
  const session = await world.allocated('udp', { family: 6 });
  expect(await session.bindChannel(world.echo)).toMatchObject({ ok: true });
  expect(await roundTrip(session, world.echo, 'hello')).toBe(`hello from ::1:${world.echo.port}`);
});

it('keeps a steady relay going when media moves to another port, and cuts the old one off', async () => {
  const world = await start();
  const session = await world.allocated('udp');
  await session.bindChannel(world.echo);
  // Long enough for the socket to be connected.
  for (let count = 0; count < 60; count += 1) await roundTrip(session, world.echo, `${count}`);
  const other = await world.inbox();
  world.relay.setMedia([{ public: HOST, local: HOST, port: other.local.port }]);
  session.send(world.echo, Buffer.from('nobody hears this'));
  expect(await session.bindChannel(other.local)).toMatchObject({ ok: true });
  session.send(other.local, Buffer.from('but this'));
  await other.until(1);
  expect(other.packets.map(({ bytes }) => bytes.toString())).toEqual(['but this']);
});

it.skipIf(OTHER === undefined)('answers from the address that it was asked at', async () => {
  const world = await start({ hosts: ['0.0.0.0'] });
  const client = await world.inbox('0.0.0.0');
  for (const address of [HOST, OTHER ?? '']) {
    const count = client.packets.length;
    await client.send(BINDING, { address, port: world.ports.udp ?? 0 });
    await client.until(count + 1);
    expect(client.packets.at(-1)?.from.address).toBe(address);
  }
});

it('names the port that is taken, and leaves none open', async () => {
  const world = await start();
  const { udp = 0 } = world.ports;
  await expect(RelayWorld.start({ port: udp })).rejects.toThrow('server.port_in_use');
  // TLS comes last: what was bound before it is free again.
  const certificate = await testCertificate();
  const spare = await start();
  const { udp: free = 0 } = spare.ports;
  await spare.stop();
  await expect(RelayWorld.start({ port: free, tlsPort: udp, certificate })).rejects.toThrow('server.port_in_use');
  await start({ port: free });
});

it('takes a certificate for handshakes to come', async () => {
  const world = await start({ certificate: await testCertificate() });
  const before = await world.allocated('tls');
  world.relay.setCertificate(await testCertificate());
  await world.allocated('tls');
  expect(await before.refresh()).toMatchObject({ ok: true });
});

it('takes new secrets beside the old one, and refuses what they replace', async () => {
  const world = await start();
  const old = await world.allocated('udp');
  const fresh = { credentials: credentials('fresh', 600_000, 'the newest secret of them') };
  world.relay.setSecrets(['the newest secret of them', 'a secret of this test and nobody else']);
  await world.allocated('udp', fresh);
  expect(await old.refresh()).toMatchObject({ ok: true });
  world.relay.setSecrets(['the newest secret of them']);
  expect(await old.refresh()).toMatchObject({ ok: false, error: { code: 'turn.auth_failed' } });
  await world.allocated('udp', fresh);
});

describe('at its end', () => {
  it('goes on with what there is while it drains, and begins nothing', async () => {
    const world = await start();
    const session = await world.allocated('udp');
    await session.bindChannel(world.echo);
    world.relay.drain();
    expect(await roundTrip(session, world.echo, 'still')).toMatch(/^still/);
    expect(await session.refresh()).toMatchObject({ ok: true });
    const late = await world.session('udp');
    expect(await late.allocate()).toMatchObject({ ok: false, error: { code: 'turn.relay_full' } });
  });

  it('says of every allocation that it is over, frees its ports, and closes connections', async () => {
    const world = await start();
    const [udp, tcp] = [await world.allocated('udp'), await world.allocated('tcp')];
    for (const session of [udp, tcp]) {
      await session.bindChannel(world.echo);
      await roundTrip(session, world.echo, 'hello');
      // In the middle of relaying.
      session.send(world.echo, Buffer.from('more'));
    }
    const idle = connect(world.ports.tcp ?? 0, HOST);
    await new Promise((resolve) => idle.once('connect', resolve));
    const closed = new Promise((resolve) => idle.once('close', resolve));
    world.relay.close();
    await closed;
    const ends = world.events.flatMap(({ event, tag }) => (event.type === 'turn.closed' ? [{ event, tag }] : []));
    expect(ends).toMatchObject([
      { tag: 'tester', event: { transport: 'udp', reason: 'shutdown' } },
      { tag: 'tester', event: { transport: 'tcp', reason: 'shutdown' } },
    ]);
    for (const { event } of ends) expect(event.packetsDown).toBeGreaterThan(0);
    expect(await tcp.refresh()).toEqual({
      ok: false,
      error: fault('turn.unreachable', 'the server hung up'),
    });
    await start({ port: world.ports.udp ?? 0 });
  });
});

it('answers Binding requests, as a STUN server does', async () => {
  const world = await start();
  const client = await world.inbox();
  await client.send(BINDING, { address: HOST, port: world.ports.udp ?? 0 });
  await client.until(1);
  const answer = parseStun(client.packets[0]?.bytes ?? new Uint8Array());
  expect(answer).toMatchObject({ ok: true, value: { class: 'success', method: METHOD_BINDING } });
});
