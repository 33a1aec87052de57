import { printHostPort } from '../message/host.js';
import type { SipMessage, SipRequest } from '../message/message.js';
import { tagOf } from '../message/name-addr.js';
import { printUri } from '../message/uri.js';
import { BRANCH_MAGIC, branchOf, printVia, type Via } from '../message/via.js';

const topVia = (message: SipMessage): Via | undefined => message.via[0];

/**
 * Names the client transaction of a request, or of the response to it (RFC 3261 section 17.1.3): the branch and the
 * method of CSeq, because a CANCEL shares the branch of its INVITE. A branch of ours holds 132 random bits, so that
 * sent-by (section 18.1.2) has nothing to add.
 */
export function clientKey(message: SipMessage): string {
  const via = topVia(message);
  return `client ${message.cseq.method} ${via === undefined ? '' : branchOf(via)}`;
}

/**
 * Names the server transaction a request belongs to (section 17.2.3). An ACK belongs to the INVITE's. A branch without
 * the magic cookie comes from an implementation of RFC 2543; the To tag is left out there, because an ACK has one that
 * its INVITE had not.
 */
export function serverKey(request: SipRequest, method = request.method): string {
  const of = method === 'ACK' ? 'INVITE' : method;
  const via = topVia(request);
  if (via === undefined) return '';
  const branch = branchOf(via);
  if (branch.startsWith(BRANCH_MAGIC)) return `server ${of} ${branch} ${printHostPort(via.host, via.port)}`;
  const sentBy = printVia({ ...via, params: new Map([['branch', branch]]) });
  const { uri, from, callId, cseq } = request;
  return `server2543 ${of} ${printUri(uri)} ${tagOf(from) ?? ''} ${callId} ${cseq.number} ${sentBy}`;
}

/** The INVITE server transaction a CANCEL is meant for (section 9.2). */
export const cancelledKey = (cancel: SipRequest): string => serverKey(cancel, 'INVITE');

/** Equal for copies of one request that came by different paths (section 8.2.2.2). */
export const mergeKey = ({ from, callId, cseq }: SipRequest): string =>
  `${tagOf(from) ?? ''} ${callId} ${cseq.number} ${cseq.method}`;
