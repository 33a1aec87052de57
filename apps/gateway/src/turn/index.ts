export { TurnService } from './turn-service.js';
export type {
  RelayAddress,
  RelayCertificate,
  RelayListener,
  RelayPorts,
  RelayService,
  StartRelay,
  TurnServiceOptions,
} from './types.js';
