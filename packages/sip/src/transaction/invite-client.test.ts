import { describe, expect, it } from 'vitest';
import { brief, request, response, runTimers } from '../testing/requests.js';
import { InviteClientTransaction } from './invite-client.js';
import { DEFAULT_TIMERS } from './timers.js';

const invite = request('INVITE', { more: 'Route: <sip:p1.example.com;lr>\r\nRoute: <sip:p2.example.com;lr>' });
const start = (reliable = false) => {
  const transaction = new InviteClientTransaction(invite, DEFAULT_TIMERS, reliable);
  expect(brief(transaction.start(0))).toEqual(['send INVITE']);
  return transaction;
};

describe('INVITE client transaction', () => {
  it('timer A resends at doubled intervals, timer B gives up after 64*T1', () => {
    const transaction = start();
    expect(runTimers(transaction, 1e6)).toEqual([
      '500 resend INVITE',
      '1500 resend INVITE',
      '3500 resend INVITE',
      '7500 resend INVITE',
      '15500 resend INVITE',
      '31500 resend INVITE',
      '32000 timeout',
      '32000 terminated',
    ]);
    expect(transaction.state).toBe('Terminated');
  });

  it('over a reliable transport only timer B runs', () => {
    expect(runTimers(start(true), 1e6)).toEqual(['32000 timeout', '32000 terminated']);
  });

  it('a 1xx stops timers A and B for good', () => {
    const transaction = start();
    expect(brief(transaction.receive(600, response(invite, 180)))).toEqual(['pass 180']);
    expect(transaction.state).toBe('Proceeding');
    expect(transaction.next).toBe(undefined);
    expect(brief(transaction.receive(900, response(invite, 183)))).toEqual(['pass 183']);
  });

  it('a 300-699 is acknowledged, each copy again, until timer D after 32 s', () => {
    const transaction = start();
    expect(brief(transaction.receive(100, response(invite, 486)))).toEqual(['send ACK', 'pass 486']);
    expect(transaction.state).toBe('Completed');
    expect(brief(transaction.receive(200, response(invite, 486)))).toEqual(['resend ACK']);
    expect(brief(transaction.receive(300, response(invite, 180)))).toEqual([]);
    expect(runTimers(transaction, 1e6)).toEqual(['32100 terminated']);
  });

  it('timer D is zero over a reliable transport', () => {
    expect(brief(start(true).receive(100, response(invite, 603)))).toEqual(['send ACK', 'pass 603', 'terminated']);
  });

  it('a 2xx leads to Accepted, where every further 2xx is passed on, until timer M (RFC 6026)', () => {
    const transaction = start();
    expect(brief(transaction.receive(100, response(invite, 200)))).toEqual(['pass 200']);
    expect(transaction.state).toBe('Accepted');
    expect(brief(transaction.receive(700, response(invite, 200, 'fork')))).toEqual(['pass 200']);
    expect(brief(transaction.receive(800, response(invite, 486)))).toEqual([]);
    expect(runTimers(transaction, 1e6)).toEqual(['32100 terminated']);
  });

  it('a transport error ends it in Calling', () => {
    expect(brief(start().transportError())).toEqual(['transport-error', 'terminated']);
    const transaction = start();
    transaction.receive(100, response(invite, 100));
    expect(brief(transaction.transportError())).toEqual([]);
  });

  it('the ACK copies what section 17.1.1.3 says', () => {
    const [send] = start().receive(100, response(invite, 404));
    expect(send).toMatchObject({
      message: {
        method: 'ACK',
        uri: invite.uri,
        via: [invite.via[0]],
        from: invite.from,
        callId: invite.callId,
        cseq: { number: 1, method: 'ACK' },
      },
    });
    const ack = send?.type === 'send' ? send.message : undefined;
    expect(ack?.to.params.get('tag')).toBe('b1');
    expect(ack?.headers.all('Route')).toEqual(['<sip:p1.example.com;lr>', '<sip:p2.example.com;lr>']);
  });

  it('scales with T1', () => {
    const transaction = new InviteClientTransaction(invite, { t1: 10, t2: 80, t4: 100 }, false);
    transaction.start(0);
    expect(runTimers(transaction, 1e6).at(-1)).toBe('640 terminated');
  });
});
