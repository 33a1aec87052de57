import type { Millis } from '@earshot/base';
import { Headers } from '../message/headers.js';
import type { SipRequest, SipResponse } from '../message/message.js';
import { makeResponse } from '../message/response.js';
import { encodeUtf8 } from '../message/utf8.js';
import type { Transaction, TransactionOutput } from '../transaction/transaction.js';
import { requestText } from './messages.js';
import { parsed } from './virtual-network.js';

export function request(method = 'INVITE', change: Readonly<Record<string, string | null>> = {}): SipRequest {
  const message = parsed(encodeUtf8(requestText(method, change)));
  if (message.kind !== 'request') throw new Error('not a request');
  return message;
}

export const response = (to: SipRequest, status: number, toTag = 'b1'): SipResponse =>
  makeResponse(to, status, { toTag, headers: Headers.EMPTY });

/** What a transaction put out, in short: `send INVITE`, `resend 200`, `pass 180`, `terminated`. */
export const brief = (outputs: readonly TransactionOutput[]): string[] =>
  outputs.map((output) => {
    if (output.type !== 'send' && output.type !== 'pass') return output.type;
    const { message } = output;
    const what = message.kind === 'request' ? message.method : String(message.status);
    return `${output.type === 'send' && output.retransmission ? 'resend' : output.type} ${what}`;
  });

/** Runs the timers of a transaction up to `until` and tells when they did what, from the start at 0: `500 resend INVITE`. */
export function runTimers(transaction: Transaction, until: Millis): string[] {
  const log: string[] = [];
  for (let at = transaction.next; at !== undefined && at <= until; at = transaction.next) {
    for (const what of brief(transaction.timeout(at))) log.push(`${at} ${what}`);
  }
  return log;
}
