import { err, type Fault, fault, ok, type Result } from '@earshot/base';
import { type ListeningAddress, listeningAddresses } from './listening-addresses.js';
import { type AcceptStream, listenTcp, type TlsServers } from './stream-servers.js';
import type { RelayPorts } from './types.js';
import { openUdpSocket, type UdpSocket } from './udp-socket.js';

/** Octets. A burst of a few hundred calls, or a pause of the thread of some 100 ms, must not overflow them. */
const BUFFER = 4 << 20;
/** For a port of the system's choice, which may be taken on another address or for another transport. */
const ATTEMPTS = 16;

export interface ListenerOptions {
  readonly hosts: readonly string[];
  /** Of UDP and TCP. */
  readonly port: number;
  readonly tlsPort: number;
  readonly acceptTcp: AcceptStream;
  /** Undefined: TLS is not served. */
  readonly tls: TlsServers | undefined;
}

export interface Listeners {
  readonly ports: RelayPorts;
  readonly udp: readonly UdpSocket[];
  close(): void;
}

/** What listens on one address and port. */
interface Bound {
  readonly port: number;
  readonly udp?: UdpSocket;
  close(): void;
}

type Bind = (address: string, port: number) => Promise<Result<Bound, Fault>>;

const closeAll = (bound: readonly Bound[]): void => {
  for (const each of bound) each.close();
};

/** Binds every address by itself, all or none: UDP and TCP on one port, TLS on another. */
export async function openListeners(options: ListenerOptions): Promise<Result<Listeners, Fault>> {
  const { hosts, port, tlsPort, acceptTcp, tls } = options;
  const bindUdp: Bind = async (address, each) => {
    const socket = await openUdpSocket(address, each, `turn.port ${port}, UDP on ${address}`, BUFFER);
    if (!socket.ok) return socket;
    const udp = socket.value;
    return ok({ port: udp.local.port, udp, close: () => udp.close() });
  };
  const bindTcp: Bind = (address, each) => listenTcp(address, each, `turn.port ${port}, TCP on ${address}`, acceptTcp);
  const bindTls = (servers: TlsServers): Bind => {
    return (address, each) => servers.listen(address, each, `turn.tlsPort ${tlsPort} on ${address}`);
  };
  const addresses = listeningAddresses(hosts);
  const plain = await bindAll(addresses, port, [bindUdp, bindTcp]);
  if (!plain.ok) return plain;
  const secure = tls === undefined ? ok([]) : await bindAll(addresses, tlsPort, [bindTls(tls)]);
  if (!secure.ok) {
    closeAll(plain.value);
    return secure;
  }
  const bound = [...plain.value, ...secure.value];
  const [first] = plain.value;
  const [firstSecure] = secure.value;
  return ok({
    ports: {
      ...(first === undefined ? {} : { udp: first.port, tcp: first.port }),
      ...(firstSecure === undefined ? {} : { tls: firstSecure.port }),
    },
    udp: bound.flatMap(({ udp }) => (udp === undefined ? [] : [udp])),
    close: () => closeAll(bound),
  });
}

/** Everything on one port of every address. `port` 0: the first that is free everywhere. */
async function bindAll(
  addresses: readonly ListeningAddress[],
  port: number,
  binds: readonly Bind[],
): Promise<Result<Bound[], Fault>> {
  for (let attempt = 1; ; attempt += 1) {
    const bound: Bound[] = [];
    const failure = await bindEach(addresses, port, binds, bound);
    if (failure === undefined) return ok(bound);
    closeAll(bound);
    if (port !== 0 || attempt === ATTEMPTS) return err(failure);
  }
}

async function bindEach(
  addresses: readonly ListeningAddress[],
  port: number,
  binds: readonly Bind[],
  bound: Bound[],
): Promise<Fault | undefined> {
  let last = fault('server.address_unavailable', 'there is no address', 'turn.hosts');
  for (const { address, required } of addresses) {
    for (const bind of binds) {
      const result = await bind(address, bound[0]?.port ?? port);
      if (result.ok) {
        bound.push(result.value);
        continue;
      }
      last = result.error;
      // An address may have gone since it was listed; IPv6 ones come and go.
      if (required || last.code !== 'server.address_unavailable') return last;
    }
  }
  return bound.length > 0 ? undefined : last;
}
