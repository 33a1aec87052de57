export {
  classifyPacket,
  PACKET_DTLS,
  PACKET_RTCP,
  PACKET_RTP,
  PACKET_STUN,
  PACKET_TURN_CHANNEL,
  PACKET_UNKNOWN,
  type PacketKind,
} from './classify.js';
export { WebRtcSession } from './session.js';
export {
  type DtlsSessionEvent,
  MEDIA_NOT_READY,
  MEDIA_NOT_VALIDATED,
  type SessionCounters,
  type SessionEvent,
  type SessionOutput,
  type WebRtcSessionOptions,
} from './types.js';
