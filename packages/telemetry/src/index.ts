export * from './browser-clock.js';
export * from './browser-event.js';
export * from './candidate.js';
export * from './gateway-event.js';
export * from './leg.js';
export * from './reach/types.js';
export * from './relay-event.js';
export * from './timeline.js';
