import { Headers } from './headers.js';
import type { MessageBase, SipRequest, SipResponse } from './message.js';
import { tagOf } from './name-addr.js';
import { withParam } from './params.js';

/** The reason phrases of the statuses sent here (RFC 3261 section 21). */
const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  182: 'Queued',
  183: 'Session Progress',
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  410: 'Gone',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  484: 'Address Incomplete',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  491: 'Request Pending',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'Version Not Supported',
  600: 'Busy Everywhere',
  603: 'Decline',
};

export const reasonPhrase = (status: number): string => REASONS[status] ?? 'Unspecified';

export interface ResponseParts {
  readonly reason?: string;
  /** Our tag, when the request's To has none. */
  readonly toTag?: string;
  readonly headers?: Headers;
  readonly body?: Uint8Array;
}

/** The response to a request (section 8.2.6.2). */
export function makeResponse(request: MessageBase, status: number, parts: ResponseParts = {}): SipResponse {
  const { reason = reasonPhrase(status), toTag, headers = Headers.EMPTY, body = new Uint8Array(0) } = parts;
  const { via, from, to, callId, cseq } = request;
  const tagged =
    toTag === undefined || tagOf(to) !== undefined ? to : { ...to, params: withParam(to.params, 'tag', toTag) };
  return { kind: 'response', status, reason, via, from, to: tagged, callId, cseq, headers, body };
}

/** What a response that opens a dialog copies from its request (section 12.1.1). */
export const recordRoutes = (request: SipRequest): Headers =>
  new Headers(request.headers.all('Record-Route').map((value) => ({ name: 'Record-Route', value })));
