export { type Identity, Tokens } from './auth/tokens.js';
export { checkConfig, loadConfig, parseConfig } from './config/load.js';
export type { Config } from './config/schema.js';
export { Gateway, type GatewayAddresses } from './gateway.js';
export { MELODY_HZ } from './lines/melody.js';
export { createLog, type Log } from './log.js';
export * from './relays/index.js';
