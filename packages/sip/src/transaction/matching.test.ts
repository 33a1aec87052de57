import { describe, expect, it } from 'vitest';
import { request, response } from '../testing/requests.js';
import { cancelledKey, clientKey, mergeKey, serverKey } from './matching.js';

const via = (text: string) => ({ via: `Via: SIP/2.0/UDP ${text}` });

describe('client transactions', () => {
  it('match by branch and the method of CSeq (section 17.1.3)', () => {
    const invite = request('INVITE');
    expect(clientKey(response(invite, 200))).toBe(clientKey(invite));
    expect(clientKey(response(request('CANCEL'), 200))).not.toBe(clientKey(invite));
    expect(clientKey(request('INVITE', via('192.0.2.1;branch=z9hG4bK2')))).not.toBe(clientKey(invite));
  });
});

describe('server transactions', () => {
  it('match by branch, sent-by and method (section 17.2.3)', () => {
    const invite = serverKey(request('INVITE', via('192.0.2.1:5060;branch=z9hG4bKx')));
    expect(serverKey(request('INVITE', via('192.0.2.1:5060;branch=z9hG4bKx;rport')))).toBe(invite);
    expect(serverKey(request('ACK', via('192.0.2.1:5060;branch=z9hG4bKx')))).toBe(invite);
    expect(serverKey(request('INVITE', via('192.0.2.1:5062;branch=z9hG4bKx')))).not.toBe(invite);
    expect(serverKey(request('INVITE', via('192.0.2.9:5060;branch=z9hG4bKx')))).not.toBe(invite);
    expect(serverKey(request('CANCEL', via('192.0.2.1:5060;branch=z9hG4bKx')))).not.toBe(invite);
    expect(cancelledKey(request('CANCEL', via('192.0.2.1:5060;branch=z9hG4bKx')))).toBe(invite);
  });

  it('match without the magic cookie by what RFC 2543 compares', () => {
    const old = (method: string, change = {}) =>
      serverKey(request(method, { ...via('192.0.2.1;branch=1'), cseq: `CSeq: 7 ${method}`, ...change }));
    expect(old('ACK', { to: 'To: <sip:bob@192.0.2.2>;tag=b1' })).toBe(old('INVITE'));
    expect(old('INVITE', { callId: 'Call-ID: other' })).not.toBe(old('INVITE'));
    expect(old('INVITE', { cseq: 'CSeq: 8 INVITE' })).not.toBe(old('INVITE'));
    expect(old('INVITE', via('192.0.2.1;branch=2'))).not.toBe(old('INVITE'));
  });

  it('are merged when only the path differs (section 8.2.2.2)', () => {
    expect(mergeKey(request('INVITE', via('192.0.2.7;branch=z9hG4bKy')))).toBe(mergeKey(request('INVITE')));
    expect(mergeKey(request('INVITE', { callId: 'Call-ID: other' }))).not.toBe(mergeKey(request('INVITE')));
  });
});
