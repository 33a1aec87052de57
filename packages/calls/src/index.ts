export * from './call/call.js';
export * from './call/call-io.js';
export * from './call/endings.js';
export * from './call/hops.js';
export * from './call/states.js';
export * from './media.js';
export * from './offer-answer/codec-policy.js';
export * from './routing.js';
