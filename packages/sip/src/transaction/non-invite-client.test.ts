import { describe, expect, it } from 'vitest';
import { brief, request, response, runTimers } from '../testing/requests.js';
import { NonInviteClientTransaction } from './non-invite-client.js';
import { DEFAULT_TIMERS } from './timers.js';

const bye = request('BYE');
const start = (reliable = false) => {
  const transaction = new NonInviteClientTransaction(bye, DEFAULT_TIMERS, reliable);
  expect(brief(transaction.start(0))).toEqual(['send BYE']);
  return transaction;
};

describe('non-INVITE client transaction', () => {
  it('timer E resends at intervals that double up to T2, timer F gives up after 64*T1', () => {
    expect(runTimers(start(), 1e6)).toEqual([
      ...[500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500].map((at) => `${at} resend BYE`),
      '32000 timeout',
      '32000 terminated',
    ]);
  });

  it('in Proceeding timer E is T2, and timer F goes on', () => {
    const transaction = start();
    expect(brief(transaction.receive(100, response(bye, 100)))).toEqual(['pass 100']);
    expect(transaction.state).toBe('Proceeding');
    const log = runTimers(transaction, 1e6);
    expect(log.slice(0, 3)).toEqual(['500 resend BYE', '4500 resend BYE', '8500 resend BYE']);
    expect(log.slice(-2)).toEqual(['32000 timeout', '32000 terminated']);
  });

  it('a final response is passed on once; copies are absorbed until timer K after T4', () => {
    const transaction = start();
    expect(brief(transaction.receive(100, response(bye, 200)))).toEqual(['pass 200']);
    expect(transaction.state).toBe('Completed');
    expect(brief(transaction.receive(200, response(bye, 200)))).toEqual([]);
    expect(runTimers(transaction, 1e6)).toEqual(['5100 terminated']);
  });

  it('over a reliable transport neither E nor K runs', () => {
    expect(brief(start(true).receive(100, response(bye, 200)))).toEqual(['pass 200', 'terminated']);
    expect(runTimers(start(true), 1e6)).toEqual(['32000 timeout', '32000 terminated']);
  });

  it('a transport error ends it', () => {
    expect(brief(start().transportError())).toEqual(['transport-error', 'terminated']);
  });
});
