import { err, fault, ok, type Result } from '@earshot/base';
import type { OpenRtpSockets, RtpSockets, UdpSocket } from './udp.js';

type OpenSocket = (port: number) => Promise<Result<UdpSocket>>;

/** Where nobody asked for a range: the dynamic ports (RFC 6335 section 6). */
const DYNAMIC_PORTS = [49_152, 65_535] as const;

/**
 * Opens pairs of adjacent sockets out of `[first, last]`, each pair in turn, so that a port rests before late packets
 * of an earlier call could reach a new one. [0, 0] stands for the dynamic ports; not for a port of the system's choice,
 * which a socket loses when it is disconnected. `random` in [0, 1) chooses the first pair.
 */
export function rtpPorts(first: number, last: number, open: OpenSocket, random = Math.random): OpenRtpSockets {
  const [from, to] = first === 0 ? DYNAMIC_PORTS : [first + (first % 2), last];
  const pairs = Math.floor((to - from + 1) / 2);
  let next = Math.floor(random() * pairs);
  return async () => {
    for (let turn = 0; turn < pairs; turn += 1) {
      const port = from + next * 2;
      next = (next + 1) % pairs;
      const sockets = await openPair(open, port);
      if (sockets !== undefined) return ok(sockets);
    }
    return err(fault('media.ports_exhausted', `${pairs} pairs tried`, 'sip.mediaPorts'));
  };
}

async function openPair(open: OpenSocket, port: number): Promise<RtpSockets | undefined> {
  const rtp = await open(port);
  if (!rtp.ok) return undefined;
  const rtcp = await open(port + 1);
  if (rtcp.ok) return { rtp: rtp.value, rtcp: rtcp.value };
  rtp.value.close();
  return undefined;
}
