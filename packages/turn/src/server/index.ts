export { createCounters } from './counters.js';
export { TurnServer } from './server.js';
export * from './types.js';
