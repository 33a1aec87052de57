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
export {
  SRTP_AUTH_FAILED,
  SRTP_MALFORMED,
  SRTP_MAX_OVERHEAD,
  SRTP_MAX_PACKET,
  SRTP_MAX_SSRCS,
  SRTP_PROFILES,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_SSRCS,
  SrtpReceiver,
  SrtpSender,
} from './srtp/index.js';
