export { type Approach, asHostName, isHostName, type ReachedHost, readHost } from './approach.js';
export { IceKeeper } from './keeper.js';
export type { EmbeddedRelay } from './servers.js';
export { type IceSession, SessionIce, type SessionIceOptions } from './session-ice.js';
export { TurnSecrets, type TurnSecretsOptions } from './turn-secrets.js';
