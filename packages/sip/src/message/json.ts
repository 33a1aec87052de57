import type { SipMessage } from './message.js';
import type { NameAddr } from './name-addr.js';
import { unquote } from './scanner.js';
import { type Params, printUri, type Uri, uriUser } from './uri.js';
import { decodeUtf8 } from './utf8.js';

/** A flag parameter becomes true. */
const paramsJson = (params: Params) =>
  Object.fromEntries([...params].map(([name, value]) => [name, value === undefined ? true : unquote(value)]));

function uriJson(uri: Uri) {
  if (uri.scheme === 'other') return { text: uri.text };
  const { scheme, host, port, params, headers } = uri;
  return { text: printUri(uri), scheme, user: uriUser(uri), host, port, params: paramsJson(params), headers };
}

const addressJson = ({ displayName, uri, params }: NameAddr) => ({
  displayName,
  uri: uriJson(uri),
  params: paramsJson(params),
});

/** Plain data for JSON.stringify: absent parts are undefined, the body is text. */
export function toJson(message: SipMessage): Record<string, unknown> {
  const { via, from, to, callId, cseq, headers, body } = message;
  const start =
    message.kind === 'request'
      ? { kind: message.kind, method: message.method, uri: uriJson(message.uri) }
      : { kind: message.kind, status: message.status, reason: message.reason };
  return {
    ...start,
    via: via.map((hop) => ({ ...hop, params: paramsJson(hop.params) })),
    from: addressJson(from),
    to: addressJson(to),
    callId,
    cseq,
    headers: headers.fields,
    body: decodeUtf8(body),
  };
}
