export { DtlsServer } from './server.js';
export type {
  DtlsEvent,
  DtlsOutput,
  DtlsServerOptions,
  DtlsState,
  FlightEvent,
  SrtpKey,
  SrtpKeyingMaterial,
  SrtpProfileName,
} from './types.js';
