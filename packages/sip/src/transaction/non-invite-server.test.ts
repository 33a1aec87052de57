import { describe, expect, it } from 'vitest';
import { brief, request, response, runTimers } from '../testing/requests.js';
import { NonInviteServerTransaction } from './non-invite-server.js';
import { DEFAULT_TIMERS } from './timers.js';

const info = request('INFO');
const open = (reliable = false) => new NonInviteServerTransaction(info, DEFAULT_TIMERS, reliable);

describe('non-INVITE server transaction', () => {
  it('absorbs copies in Trying and repeats the 1xx in Proceeding', () => {
    const transaction = open();
    expect(brief(transaction.receive(1, info))).toEqual([]);
    expect(brief(transaction.respond(2, response(info, 100)))).toEqual(['send 100']);
    expect(brief(transaction.receive(3, info))).toEqual(['resend 100']);
  });

  it('repeats the final response, and only the first, until timer J after 64*T1', () => {
    const transaction = open();
    expect(brief(transaction.respond(0, response(info, 200)))).toEqual(['send 200']);
    expect(brief(transaction.respond(1, response(info, 500)))).toEqual([]);
    expect(brief(transaction.receive(2, info))).toEqual(['resend 200']);
    expect(runTimers(transaction, 1e6)).toEqual(['32000 terminated']);
    expect(brief(transaction.receive(33000, info))).toEqual([]);
  });

  it('timer J is zero over a reliable transport', () => {
    expect(brief(open(true).respond(0, response(info, 200)))).toEqual(['send 200', 'terminated']);
  });
});
