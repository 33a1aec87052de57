import { fault, randomCallId } from '@earshot/base';
import { Headers } from '../message/headers.js';
import { makeNameAddr } from '../message/name-addr.js';
import { withParam } from '../message/params.js';
import { parseUri } from '../message/uri.js';
import type { AgentCore } from './core.js';
import type { SipInput } from './types.js';

/** OPTIONS outside a dialog (section 11.1): does the peer live? */
export function sendOptions(core: AgentCore, { id, uri, flow }: Extract<SipInput, { type: 'options' }>): void {
  const target = parseUri(uri);
  const to = makeNameAddr(uri);
  const from = makeNameAddr(core.contact(flow, undefined).slice(1, -1));
  if (target === undefined || to === undefined || from === undefined) {
    core.emit({ type: 'options', id, fault: fault('call.invalid_destination', 'not a URI') });
    return;
  }
  const headers = Headers.of({
    'Max-Forwards': '70',
    Contact: core.contact(flow, undefined),
    Accept: 'application/sdp',
    'User-Agent': core.options.userAgent,
  });
  core.start(
    {
      kind: 'request',
      method: 'OPTIONS',
      uri: target,
      via: [core.newVia(flow)],
      from: { ...from, params: withParam(from.params, 'tag', core.newTag()) },
      to,
      callId: randomCallId(core.random),
      cseq: { number: 1, method: 'OPTIONS' },
      headers,
      body: new Uint8Array(0),
    },
    flow,
    {
      onResponse: ({ status }) => {
        if (status >= 200) core.emit({ type: 'options', id, status });
      },
      onFailure: (failure, reason) => {
        const because =
          failure === 'timeout'
            ? fault('sip.no_response', 'timer F fired: no response to OPTIONS')
            : fault('sip.transport_failed', reason);
        core.emit({ type: 'options', id, fault: because });
      },
    },
  );
}
