export * from './call/call.js';
export * from './call/call-io.js';
export { type CallResult, type Ending, faultOfStatus, statusOfFault } from './call/endings.js';
export type { Hop, Side } from './call/hops.js';
export * from './call/states.js';
export * from './media.js';
export * from './offer-answer/browser.js';
export {
  type CodecPlan,
  type CodecPolicy,
  type CodecRules,
  type LegKind,
  planCodecs,
} from './offer-answer/codec-policy.js';
export type { Accepted, Answered, LocalSession, RemoteOffer } from './offer-answer/description.js';
export * from './offer-answer/sip.js';
export * from './routing.js';
export { parseSdp } from './sdp/parse.js';
export { printSdp } from './sdp/print.js';
export * from './sdp/session-description.js';
