import type { Settings } from '../harness/gateway.js';
import type { SipPeer } from './peer/sip-peer.js';

/** What all gateways here have in common: whoever opens the page may call anybody, and lost calls are let go soon. */
export const COMMON: Readonly<Record<string, Settings>> = {
  log: { level: 'info' },
  page: { mayCall: ['*', 'sip:*'] },
  calls: { graceSeconds: 8, audioSeconds: 25 },
};

/** Routes to the users of the peer: as they are, without transcoding, and by a trunk that asks for credentials. */
export const routesTo = ({ host, port }: SipPeer): Readonly<Record<string, Settings>> => ({
  trunks: { pbx: { target: `sip:${host}:${port}`, username: 'earshot', password: 'not the one they know' } },
  routes: [
    { match: 'dense-*', to: `sip:{number}@${host}:${port}`, codec: 'density' },
    { match: 'trunk-*', trunk: 'pbx' },
    { match: 'sip:*', to: 'sip:{rest}' },
    { match: 'peer-*', to: `sip:{number}@${host}:${port}` },
  ],
});
