import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { ATTRIBUTE_XOR_MAPPED_ADDRESS, parseStun, printStun, xorAddressAttribute } from '@earshot/stun';

/** A server on loopback that stands for one somewhere outside. */
export interface OutsideServer {
  /** `127.0.0.1:port`. */
  readonly at: string;
  close(): void;
}

async function serve(answer: (request: Buffer, from: { address: string; port: number }) => Uint8Array | undefined) {
  const socket: Socket = createSocket('udp4', (request, from) => {
    const bytes = answer(request, from);
    if (bytes !== undefined) socket.send(bytes, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { at: `127.0.0.1:${socket.address().port}`, close: () => socket.close() };
}

/** A STUN server that sees everybody come from `address`. */
export function startStunServer(address: string): Promise<OutsideServer> {
  return serve((request, { port }) => {
    const parsed = parseStun(request);
    if (!parsed.ok || parsed.value.class !== 'request') return undefined;
    const { method, transactionId } = parsed.value;
    const mapped = xorAddressAttribute(ATTRIBUTE_XOR_MAPPED_ADDRESS, { address, port }, transactionId);
    return mapped === undefined ? undefined : printStun({ class: 'success', method, transactionId }, [mapped]);
  });
}

/** Seconds from 1900 to 1970. */
const NTP_EPOCH = 2_208_988_800;

/** A time server (RFC 5905) whose clock is ahead of this machine's by `aheadMs`. */
export function startTimeServer(aheadMs: number): Promise<OutsideServer> {
  return serve((request) => {
    if (request.length < 48) return undefined;
    const answer = Buffer.alloc(48);
    answer[0] = 0x24;
    answer[1] = 2;
    request.copy(answer, 24, 40, 48);
    const now = Date.now() + aheadMs;
    for (const at of [32, 40]) {
      answer.writeUInt32BE(Math.floor(now / 1000) + NTP_EPOCH, at);
      answer.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32), at + 4);
    }
    return answer;
  });
}
