import type { Millis } from '@earshot/base';
import type { SipMessage } from '../message/message.js';

/** What a transaction asks for. `pass` hands a message to the transaction user (TU). */
export type TransactionOutput =
  | { readonly type: 'send'; readonly message: SipMessage; readonly retransmission: boolean }
  | { readonly type: 'pass'; readonly message: SipMessage }
  /** Timer B, F or H: nothing came back in time. */
  | { readonly type: 'timeout' }
  | { readonly type: 'transport-error' }
  | { readonly type: 'terminated' };

/** What the four transactions have in common. */
export interface Transaction {
  /** When `timeout` is due next. */
  readonly next: Millis | undefined;
  timeout(now: Millis): TransactionOutput[];
  /** The transport could not send. */
  transportError(): TransactionOutput[];
}

export const send = (message: SipMessage, retransmission = false): TransactionOutput => ({
  type: 'send',
  message,
  retransmission,
});
export const pass = (message: SipMessage): TransactionOutput => ({ type: 'pass', message });
export const TIMED_OUT: TransactionOutput = { type: 'timeout' };
export const TRANSPORT_ERROR: TransactionOutput = { type: 'transport-error' };
export const TERMINATED: TransactionOutput = { type: 'terminated' };
