export { TurnService } from './turn-service.js';
export type {
  RelayCertificate,
  RelayListener,
  RelayPorts,
  RelayService,
  StartRelay,
  TurnServiceOptions,
} from './types.js';
