import type { Socket } from 'node:dgram';
import { err, fault, ok, type Result } from '@earshot/base';
import { bindUdp } from './bind.js';

const ATTEMPTS = 20;

/** Two neighbouring UDP ports: RTP even, RTCP odd (RFC 3550 section 11). */
export interface PortPair {
  readonly rtp: Socket;
  readonly rtcp: Socket;
}

/** Binds a pair that the system chooses. */
export async function bindPortPair(host: string): Promise<Result<PortPair>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const first = await bindUdp(host, 0, 'an RTP port');
    if (!first.ok) return first;
    const { port } = first.value.address();
    const second = port % 2 === 0 ? await bindUdp(host, port + 1, 'an RTCP port') : undefined;
    if (second?.ok) return ok({ rtp: first.value, rtcp: second.value });
    first.value.close();
  }
  return err(fault('media.ports_exhausted'));
}
