import { portOrder } from './relay-ports.js';
import { openUdpSocket, type UdpSocket } from './udp-socket.js';

/** Octets: some seconds of sound of one call. */
const BUFFER = 256 << 10;
/** A range of which so many ports are taken is taken for full. */
const MOST_TRIES = 256;

export interface RelaySocketOptions {
  /** The address to bind. */
  readonly local: string;
  readonly ports: readonly [number, number];
  readonly even: boolean;
  /** Another socket, at the port above. */
  readonly withNext: boolean;
  readonly random: () => number;
}

export interface RelaySockets {
  readonly first: UdpSocket;
  readonly next: UdpSocket | undefined;
}

/** Binds what an allocation needs; undefined where no port is to be had. */
export async function openRelaySockets(options: RelaySocketOptions): Promise<RelaySockets | undefined> {
  const { local, ports, withNext, random } = options;
  let tries = 0;
  for (const port of portOrder(ports, options, random)) {
    tries += 1;
    if (tries > MOST_TRIES) return undefined;
    const first = await bind(local, port);
    if (first === undefined) continue;
    const next = withNext ? await bind(local, port + 1) : undefined;
    if (next !== undefined || !withNext) return { first, next };
    first.close();
  }
  return undefined;
}

/** Whatever the system says against it, the client is told that there is no room, and the server goes on. */
async function bind(local: string, port: number): Promise<UdpSocket | undefined> {
  try {
    const socket = await openUdpSocket(local, port, 'turn.relayPorts', BUFFER);
    return socket.ok ? socket.value : undefined;
  } catch {
    return undefined;
  }
}
