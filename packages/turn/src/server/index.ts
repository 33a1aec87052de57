export { TurnServer } from './server.js';
export * from './types.js';
