export { type BindingOptions, BindingRequest } from './binding.js';
export { TurnClient } from './client.js';
export type { TurnRequest } from './faults.js';
export { STUN_TIMING, type StunTiming, StunTransaction } from './transaction.js';
export type { TurnClientEvent, TurnClientOptions, TurnClientOutput, TurnClientState } from './types.js';
export { parseRelayUrl, type RelayUrl } from './url.js';
