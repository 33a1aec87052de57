import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { err, type Fault, fault, ok, type Result } from '@earshot/base';

/** A failed bind as a named fault; `where` says which setting chose the port. Anything else is a bug and is thrown. */
export function bindFault(error: unknown, where: string): Fault {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') return fault('server.port_in_use', code, where);
  if (code === 'EACCES') return fault('server.port_denied', code, where);
  if (code === 'EMFILE' || code === 'ENFILE') return fault('media.ports_exhausted', code, where);
  // EAFNOSUPPORT: a machine without IPv6. EINVAL: an IPv6 address that is still being checked for duplicates.
  const isUnavailable = code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'EINVAL';
  if (isUnavailable) return fault('server.address_unavailable', code, where);
  throw error;
}

/** Binds a UDP socket to an address of one family; `port` 0 lets the system choose. */
export async function bindUdp(
  host: string,
  port: number,
  where: string,
  options: Omit<SocketOptions, 'type'> = {},
): Promise<Result<Socket>> {
  const isIpv6 = host.includes(':');
  const socket = createSocket({ ...options, type: isIpv6 ? 'udp6' : 'udp4', ...(isIpv6 ? { ipv6Only: true } : {}) });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, () => {
        socket.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    socket.close();
    return err(bindFault(error, where));
  }
  return ok(socket);
}

/** For sockets that are given numeric addresses: with this, a send neither waits for a resolver nor leaves the current turn. */
export const numericLookup = (
  address: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void => callback(null, address, address.includes(':') ? 6 : 4);

/** With numeric addresses `connect` has worked or failed when it returns; sending on a socket that is not would throw. */
export function isConnected(socket: Socket): boolean {
  try {
    return socket.remoteAddress().port > 0;
  } catch {
    return false;
  }
}

/** Whether a datagram can be sent there: to any other, sending would throw. */
export const isPort = (port: number): boolean => port > 0 && port < 65_536;
