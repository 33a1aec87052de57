import type { TransportAddress } from '@earshot/base';
import { isIpAddress } from '../message/host.js';
import type { MessageBase, SipRequest } from '../message/message.js';
import { withParam } from '../message/params.js';
import type { Uri } from '../message/uri.js';
import type { SipFlow } from './flow.js';

const DEFAULT_PORT = 5060;

/** Notes in the top Via where a request really came from (RFC 3261 section 18.2.1, RFC 3581 section 4). */
export function stampReceived<T extends MessageBase>(request: T, source: TransportAddress): T {
  const [top, ...rest] = request.via;
  if (top === undefined) return request;
  const asked = top.params.has('rport');
  let { params } = top;
  if (asked) params = withParam(params, 'rport', String(source.port));
  if (asked || top.host !== source.address) params = withParam(params, 'received', source.address);
  return params === top.params ? request : { ...request, via: [{ ...top, params }, ...rest] };
}

/**
 * Where a response goes (RFC 3261 section 18.2.2, RFC 3581 section 4): the source of the request with rport, its
 * address and the port of Via without. maddr is not followed: it would let a stranger choose who gets our answers.
 */
export function responseFlow(request: MessageBase, flow: SipFlow): SipFlow {
  const top = request.via[0];
  if (flow.transport !== 'udp' || top === undefined || top.params.has('rport')) return flow;
  return { ...flow, remote: { address: flow.remote.address, port: top.port ?? DEFAULT_PORT } };
}

/** Whether a request's sender sees itself at another address than we do: a NAT is between. */
export function cameThroughNat(request: SipRequest): boolean {
  const top = request.via[0];
  const received = top?.params.get('received');
  return top !== undefined && received !== undefined && isIpAddress(top.host) && received !== top.host;
}

const PRIVATE = /^(0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|::1?$|f[cd]|fe[89ab])/;

/**
 * Where a request within a dialog goes: over UDP to the address of its next hop; but by the flow of the leg over a
 * connection, when the next hop is a name (which the shell resolved when the flow was made), and when a peer with a
 * public address names a private one as its Contact, as peers behind a NAT do.
 */
export function requestFlow(nextHop: Uri, flow: SipFlow): SipFlow {
  if (flow.transport !== 'udp' || nextHop.scheme === 'other' || !isIpAddress(nextHop.host)) return flow;
  if (PRIVATE.test(nextHop.host) && !PRIVATE.test(flow.remote.address)) return flow;
  return { ...flow, remote: { address: nextHop.host, port: nextHop.port ?? DEFAULT_PORT } };
}
