/**
 * The states of a call: one vocabulary for the call model, the browser protocol and whoever stores calls. Their drawing
 * and transitions are the call model's. Until transfer exists, no call is `transferring`.
 */
export type CallState =
  | 'new'
  | 'routing'
  | 'ringing'
  | 'early'
  | 'answered'
  | 'connected'
  | 'held'
  | 'reconnecting'
  | 'transferring'
  | 'ended';
