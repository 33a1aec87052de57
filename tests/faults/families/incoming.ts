import type { Gateway } from '../../harness/gateway.js';
import type { Caller } from '../caller.js';
import type { SipPeer } from '../peer/sip-peer.js';

/** Pages of one browser share a name, so that calls to them come one after the other. */
let turn: Promise<unknown> = Promise.resolve();

/** Where the gateway hears SIP, for a peer on this machine. */
export const sipPlace = ({ sip: { host, port } }: Gateway) => ({
  address: host === '0.0.0.0' ? '127.0.0.1' : host,
  port,
});

/** The peer calls the page, which takes the call. Gives the id of the call. */
export function takeCall(
  caller: Caller,
  { peer, gateway, user }: { readonly peer: SipPeer; readonly gateway: Gateway; readonly user: string },
  behaviour: Parameters<SipPeer['call']>[3] = {},
): Promise<string> {
  const taken = turn.then(async () => {
    const address = await caller.phone.waitForCalls();
    const at = sipPlace(gateway);
    const name = /^sips?:([^@]+)@/.exec(address)?.[1] ?? '';
    await peer.call(user, `sip:${name}@${at.address}:${at.port}`, at, behaviour);
    await caller.phone.accept();
    await caller.evaluate('globalThis.earshot.phone.available = false');
    return await caller.callId();
  });
  turn = taken.catch(() => undefined);
  return taken;
}
