export { IceLiteAgent } from './agent.js';
export type {
  CheckEvent,
  CheckOutcome,
  IceEvent,
  IceLiteOptions,
  IceOutput,
  IceState,
  IceStateEvent,
  PathEvent,
} from './types.js';
