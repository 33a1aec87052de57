import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { recordingLog } from '../../testing/records.js';
import { HepSender } from './hep-sender.js';

const PACKET = {
  protocol: 'rtcp',
  source: { address: '192.0.2.1', port: 1 },
  destination: { address: '192.0.2.2', port: 2 },
  at: 0,
  payload: Buffer.from('{}'),
} as const;

const sockets: Socket[] = [];
const senders: HepSender[] = [];
afterEach(() => {
  for (const sender of senders.splice(0)) sender.stop();
  for (const socket of sockets.splice(0)) socket.close();
});

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

function start(port: number, host = '127.0.0.1') {
  const { log, records } = recordingLog();
  const sender = new HepSender({ host, port, captureId: 9 }, log);
  senders.push(sender);
  return { sender, records };
}

describe('a sender of HEP', () => {
  it('sends to where it was told, with its id', async () => {
    const homer = await bound();
    sockets.push(homer);
    const { sender, records } = start(homer.address().port);
    const arrived = once(homer, 'message');
    await vi.waitUntil(() => {
      sender.send(PACKET);
      return sender.receiver.isUp;
    });
    const [bytes] = (await arrived) as [Buffer];
    expect(bytes.toString('latin1', 0, 4)).toBe('HEP3');
    expect(bytes.toString('hex')).toContain('0000000c000a00000009');
    expect(records).toEqual([]);
  });

  it('says once that nobody is there, without saying where, and goes on', async () => {
    const gone = await bound();
    const { port } = gone.address();
    gone.close();
    const { sender, records } = start(port);
    await vi.waitUntil(() => {
      sender.send(PACKET);
      return sender.receiver.isUp === false;
    });
    for (let index = 0; index < 20; index += 1) sender.send(PACKET);
    expect(records).toMatchObject([{ level: 40, receiver: 'hep', code: 'outward.unreachable' }]);
    expect(JSON.stringify(records)).not.toContain('127.0.0.1');
    expect(sender.receiver.status().lost).toBeGreaterThan(0);
  });

  it('loses what it cannot send, and everything after its end', async () => {
    const { sender } = start(9);
    // The name is looked up first.
    sender.send(PACKET);
    expect(sender.receiver.status()).toMatchObject({ sent: 0, lost: 1 });
    sender.stop();
    sender.send(PACKET);
    expect(sender.receiver.status()).toMatchObject({ sent: 0, lost: 2 });
  });
});
