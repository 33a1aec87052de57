import { type AddressInfo, createServer, type Socket } from 'node:net';
import { err, type Fault, ok, type Result, type TransportAddress } from '@earshot/base';
import { bindFault } from '../net/bind.js';
import { remoteOf } from '../net/remote.js';

export interface TcpListener {
  readonly port: number;
  /** Listens no more. Connections stay. */
  close(): void;
}

/** Listens for TURN over TCP on an address. */
export async function listenTcp(
  host: string,
  port: number,
  where: string,
  accept: (socket: Socket, remote: TransportAddress) => void,
): Promise<Result<TcpListener, Fault>> {
  const server = createServer({ noDelay: true }, (socket) => {
    const remote = remoteOf(socket);
    // Without an address it is gone already.
    if (remote === undefined) socket.destroy();
    else accept(socket, remote);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true, ipv6Only: true }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    return err(bindFault(error, where));
  }
  // One connection that could not be accepted, for want of file descriptors for example: the next may.
  server.on('error', () => undefined);
  return ok({ port: (server.address() as AddressInfo).port, close: () => void server.close() });
}
