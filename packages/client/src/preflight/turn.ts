import { fault } from '@earshot/base';
import type { IceServer } from '@earshot/signaling';
import type { BrowserEvent } from '../index.js';
import { relayUrls, turnTransport } from '../media/ice-settings.js';
import { nameOfNoPath } from '../media/path-fault.js';
import { type Findings, now, problemOf } from './step.js';
import type { TurnFigures } from './types.js';

/** In ms. Browsers retransmit to a silent relay for longer than anybody waits. */
const PATIENCE = 8_000;

export interface Relay {
  readonly url: string;
  readonly server: IceServer;
}

/** Every way to every relay. */
export const relaysOf = (servers: readonly IceServer[]): readonly Relay[] =>
  servers.flatMap((server) => relayUrls([server]).map((url) => ({ url, server })));

/** Whether one relay gives an address by one transport. `signal`: gives up, and lets go of everything. */
export async function probeRelay({ url, server }: Relay, signal: AbortSignal): Promise<Findings<TurnFigures>> {
  const started = now();
  const peer = new RTCPeerConnection({
    iceServers: [{ ...server, urls: [url] }],
    iceTransportPolicy: 'relay',
  });
  const events: BrowserEvent[] = [{ type: 'ice.attempt', atMs: 0, policy: 'relay', reason: 'start' }];
  const figures: TurnFigures = { url, transport: turnTransport(url) };
  try {
    const isAllocated = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE, false);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve(false);
      });
      peer.addEventListener('icecandidate', ({ candidate }) => {
        if (candidate?.candidate.includes(' typ relay') === true) resolve(true);
      });
      peer.addEventListener('icecandidateerror', ({ errorCode, errorText, url: at }) => {
        events.push({ type: 'ice.candidate_error', atMs: 0, url: at || url, errorCode, errorText });
      });
      peer.addEventListener('icegatheringstatechange', () => {
        if (peer.iceGatheringState === 'complete') resolve(false);
      });
      peer.createDataChannel('preflight');
      peer.setLocalDescription().catch(() => resolve(false));
    });
    if (isAllocated) return { figures: { ...figures, allocatedMs: now() - started }, problems: [] };
    if (signal.aborted) return { figures, problems: [] };
    const why = nameOfNoPath(fault('ice.failed'), events, [url]);
    return { figures, problems: [problemOf('turn', { ...why, where: url }, false)] };
  } finally {
    peer.close();
  }
}
