import { afterEach, expect, it } from 'vitest';
import { RelaySocket } from './relay-socket.js';
import { openUdpSocket, type UdpSocket } from './udp-socket.js';

const HOST = '127.0.0.1';
const BUFFER = 64 << 10;
const opened: UdpSocket[] = [];

async function open(port = 0): Promise<UdpSocket> {
  const socket = await openUdpSocket(HOST, port, 'turn.relayPorts', BUFFER);
  if (!socket.ok) throw new Error(socket.error.code);
  opened.push(socket.value);
  return socket.value;
}

/** A port that nobody has now; disconnecting keeps it, unlike one of the system's choice. */
async function ofOwnChoice(): Promise<UdpSocket> {
  const socket = await open();
  socket.close();
  return open(socket.local.port);
}

afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

/** Everything that came to a socket, in order. */
function heard(socket: Pick<UdpSocket, 'onPacket'>): { readonly texts: string[]; until(text: string): Promise<void> } {
  const texts: string[] = [];
  let check = (): void => {};
  socket.onPacket = (packet) => {
    texts.push(Buffer.from(packet).toString());
    check();
  };
  return {
    texts,
    until: (text) =>
      new Promise((resolve) => {
        check = () => {
          if (texts.includes(text)) resolve();
        };
        check();
      }),
  };
}

const TEXT = Buffer.from('..hello..');
const say = (socket: UdpSocket, text: string, to: UdpSocket): boolean =>
  socket.send(Buffer.from(text), 0, text.length, to.local, true);

async function world(connects: boolean) {
  const [udp, media, other] = [await ofOwnChoice(), await open(), await open()];
  const relay = new RelaySocket(udp, connects);
  const inbox = heard({
    set onPacket(listener: UdpSocket['onPacket']) {
      relay.onPacket(listener);
    },
  });
  const send = (to: UdpSocket): boolean => relay.send(TEXT, 2, 5, to.local, false);
  return { udp, media, other, inbox, send, atMedia: heard(media), atOther: heard(other) };
}

it('hears its peer alone, once it has spoken to nobody else for long', async () => {
  const { udp, media, other, inbox, send, atMedia } = await world(true);
  say(other, 'before', udp);
  await inbox.until('before');
  for (let count = 0; count < 60; count += 1) expect(send(media)).toBe(true);
  await atMedia.until('hello');
  say(other, 'after', udp);
  say(media, 'answer', udp);
  await inbox.until('answer');
  expect(inbox.texts).toEqual(['before', 'answer']);
});

it('hears others again as soon as it has spoken to one of them', async () => {
  const { udp, media, other, inbox, send, atMedia, atOther } = await world(true);
  for (let count = 0; count < 60; count += 1) send(media);
  expect(send(other)).toBe(true);
  await atOther.until('hello');
  say(other, 'answer', udp);
  await inbox.until('answer');
  send(media);
  await atMedia.until('hello');
});

it('hears everybody always, where a peer may be the first to send', async () => {
  const { udp, media, other, inbox, send } = await world(false);
  for (let count = 0; count < 60; count += 1) send(media);
  say(other, 'first', udp);
  await inbox.until('first');
});

it('drops what it is told to send when it is closed, or to no port', async () => {
  const { udp, media, send } = await world(true);
  expect(udp.send(TEXT, 0, 2, { address: HOST, port: 0 }, false)).toBe(false);
  udp.close();
  expect(send(media)).toBe(false);
});
