import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * Tells clients what it sees of them. `node echo.mjs '{"addresses": [...], "udp": [...], "tcp": [...]}'` writes "ready"
 * and runs until it is killed. A datagram is JSON {id, other?, bytes?}: `other` asks for an answer from a port that the
 * client never wrote to, `bytes` for an answer of that length. The answer repeats the id and says where it came from. A
 * TCP connection is answered at its end.
 */
const { addresses, udp = [], tcp = [] } = JSON.parse(process.argv[2]);
const family = (address) => (address.includes(':') ? 'udp6' : 'udp4');

const bound = (socket, port, address) =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, resolve);
  });

for (const address of addresses) {
  const stranger = createSocket(family(address));
  await bound(stranger, 0, address);
  for (const port of udp) {
    const socket = createSocket(family(address));
    socket.on('message', (message, from) => {
      const { id, other = false, bytes = 0 } = JSON.parse(message.toString());
      const answer = JSON.stringify({ id, address: from.address, port: from.port, bytes: message.length });
      (other ? stranger : socket).send(answer.padEnd(bytes), from.port, from.address);
    });
    await bound(socket, port, address);
  }
  for (const port of tcp) {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      socket.resume();
      socket.on('end', () => {
        socket.end(JSON.stringify({ address: socket.remoteAddress, port: socket.remotePort, bytes: socket.bytesRead }));
      });
    });
    await new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, address, resolve);
    });
  }
}
console.log('ready');
