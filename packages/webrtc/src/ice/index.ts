export { IceLiteAgent } from './agent.js';
export type {
  CheckEvent,
  CheckOutcome,
  IceEvent,
  IceLiteOptions,
  IceOutput,
  IcePath,
  IceState,
  IceStateEvent,
  LocalCandidate,
  PathEvent,
} from './types.js';
