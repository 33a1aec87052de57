import { describe, expect, it } from 'vitest';
import { brief, request, response, runTimers } from '../testing/requests.js';
import { InviteServerTransaction } from './invite-server.js';
import { DEFAULT_TIMERS } from './timers.js';

const invite = request('INVITE');
const ack = request('ACK');
const open = (reliable = false) => new InviteServerTransaction(invite, DEFAULT_TIMERS, reliable);

describe('INVITE server transaction', () => {
  it('answers a repeated INVITE with the last 1xx', () => {
    const transaction = open();
    expect(brief(transaction.receive(1, invite))).toEqual([]);
    expect(brief(transaction.respond(2, response(invite, 100)))).toEqual(['send 100']);
    expect(brief(transaction.respond(3, response(invite, 180)))).toEqual(['send 180']);
    expect(brief(transaction.receive(4, invite))).toEqual(['resend 180']);
    expect(transaction.next).toBe(undefined);
  });

  it('timer G repeats a rejection at intervals up to T2, timer H gives up without an ACK', () => {
    const transaction = open();
    expect(brief(transaction.respond(0, response(invite, 486)))).toEqual(['send 486']);
    expect(brief(transaction.receive(1, invite))).toEqual(['resend 486']);
    expect(runTimers(transaction, 1e6)).toEqual([
      ...[500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500].map((at) => `${at} resend 486`),
      '32000 timeout',
      '32000 terminated',
    ]);
  });

  it('an ACK stops timer G; timer I absorbs further ones for T4', () => {
    const transaction = open();
    transaction.respond(0, response(invite, 486));
    expect(brief(transaction.receive(100, ack))).toEqual([]);
    expect(transaction.state).toBe('Confirmed');
    expect(brief(transaction.receive(200, ack))).toEqual([]);
    expect(brief(transaction.receive(300, invite))).toEqual([]);
    expect(runTimers(transaction, 1e6)).toEqual(['5100 terminated']);
  });

  it('over a reliable transport timers G and I do not run, timer H does', () => {
    const transaction = open(true);
    transaction.respond(0, response(invite, 486));
    expect(transaction.next).toBe(32000);
    expect(brief(transaction.receive(100, ack))).toEqual(['terminated']);
  });

  it('a 2xx leads to Accepted: INVITEs are absorbed, ACKs passed on, 2xx sent, until timer L (RFC 6026)', () => {
    const transaction = open();
    expect(brief(transaction.respond(0, response(invite, 200)))).toEqual(['send 200']);
    expect(transaction.state).toBe('Accepted');
    expect(brief(transaction.receive(10, invite))).toEqual([]);
    expect(brief(transaction.respond(500, response(invite, 200)))).toEqual(['resend 200']);
    expect(brief(transaction.respond(600, response(invite, 486)))).toEqual([]);
    expect(brief(transaction.receive(700, ack))).toEqual(['pass ACK']);
    expect(runTimers(transaction, 1e6)).toEqual(['32000 terminated']);
  });
});
