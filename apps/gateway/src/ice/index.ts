export { type Approach, asHostName, isHostName, type ReachedHost, readHost } from './approach.js';
export type { IceSession, SessionIce } from './session-ice.js';
export { type Ice, startIce } from './start.js';
