export {
  SRTP_AUTH_FAILED,
  SRTP_MALFORMED,
  SRTP_MAX_OVERHEAD,
  SRTP_MAX_PACKET,
  SRTP_MAX_SSRCS,
  SRTP_PROFILES,
  SRTP_REPLAYED,
  SRTP_TOO_MANY_SSRCS,
  type SrtpProfileName,
} from './profile.js';
export { SrtpReceiver } from './receiver.js';
export { SrtpSender } from './sender.js';
