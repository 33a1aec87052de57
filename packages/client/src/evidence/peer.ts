import type { PeerConnection } from '../browser.js';
import { readCandidate, readError } from './candidates.js';
import type { Note } from './evidence.js';

/** Notes what a connection says of its way to the gateway, as long as it lives. */
export function watchPeer(peer: PeerConnection, note: Note): void {
  peer.addEventListener('icegatheringstatechange', () =>
    note({ type: 'ice.gathering', state: peer.iceGatheringState }),
  );
  peer.addEventListener('connectionstatechange', () => note({ type: 'ice.connection', state: peer.connectionState }));
  peer.addEventListener('icecandidate', ({ candidate }) => {
    const facts = readCandidate(candidate?.candidate ?? '', candidate?.url ?? '');
    if (facts !== undefined) note({ type: 'ice.candidate', candidate: facts });
  });
  peer.addEventListener('icecandidateerror', (error) => {
    // Only relays are told of: what a STUN server does not answer is no loss, for the gateway learns addresses itself.
    if (error.url.startsWith('turn')) note({ type: 'ice.candidate_error', ...readError(error) });
  });
}
