export {
  type DtlsEvent,
  type DtlsOutput,
  DtlsServer,
  type DtlsServerOptions,
  type DtlsState,
  type FlightEvent,
  type SrtpKey,
  type SrtpKeyingMaterial,
  type SrtpProfileName,
} from './dtls/index.js';
export * from './ice/index.js';
export * from './session/index.js';
export * from './stun/index.js';
