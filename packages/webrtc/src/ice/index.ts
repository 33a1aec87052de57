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
