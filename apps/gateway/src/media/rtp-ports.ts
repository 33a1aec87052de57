import { err, fault, ok, type Result } from '@earshot/base';
import type { OpenRtpSockets, RtpSockets, UdpSocket } from './udp.js';

type OpenSocket = (port: number) => Promise<Result<UdpSocket>>;

/** How often the system is asked for a port that is even and followed by a free one. */
const EPHEMERAL_TRIES = 64;

/** Opens pairs of adjacent sockets out of `[first, last]`, `first` even, each pair in turn; [0, 0]: wherever free. */
export function rtpPorts(first: number, last: number, open: OpenSocket): OpenRtpSockets {
  const pairs = Math.floor((last - first + 1) / 2);
  let next = 0;
  return async () => {
    const tries = first === 0 ? EPHEMERAL_TRIES : pairs;
    for (let turn = 0; turn < tries; turn += 1) {
      const port = first === 0 ? 0 : first + next * 2;
      // In turn, so that a port rests before late packets of an earlier call could reach a new one.
      next = (next + 1) % Math.max(1, pairs);
      const sockets = await openPair(open, port);
      if (sockets !== undefined) return ok(sockets);
    }
    return err(fault('media.ports_exhausted', `${tries} tried`, 'sip.mediaPorts'));
  };
}

async function openPair(open: OpenSocket, port: number): Promise<RtpSockets | undefined> {
  const rtp = await open(port);
  if (!rtp.ok) return undefined;
  const { local } = rtp.value;
  const rtcp = local.port % 2 === 0 ? await open(local.port + 1) : undefined;
  if (rtcp?.ok) return { rtp: rtp.value, rtcp: rtcp.value };
  rtp.value.close();
  return undefined;
}
