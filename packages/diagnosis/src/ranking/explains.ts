import type { ErrorCode } from '@earshot/base';

/** `same`: only where it happens on the same side. `any`: wherever it shows. */
export type Scope = 'same' | 'any';

interface Explains {
  /** Codes, or areas with a dot at the end. */
  readonly any?: readonly string[];
  readonly same?: readonly string[];
}

const NO_SOUND_OUT = ['media.one_way_uplink', 'media.far_end_silent', 'sip.pbx_timeout'];
const NO_MEDIA = [
  ...['media.one_way_uplink', 'media.one_way_downlink', 'media.far_end_leg_dead', 'media.far_end_silent'],
  ...['sip.pbx_timeout', 'signaling.client_gone', 'ice.failed', 'ice.consent_lost', 'ice.path_lost', 'dtls.timeout'],
];
const NO_PATH: Explains = { any: NO_MEDIA, same: ['mic.', 'network.', 'playout.', 'signaling.ws_dropped'] };
const PATH_GONE: Explains = {
  any: ['media.one_way_uplink', 'media.one_way_downlink', 'sip.pbx_timeout', 'ice.failed'],
  same: [
    ...['signaling.ws_dropped', 'signaling.client_gone', 'network.', 'playout.not_rendered', 'ice.consent_lost'],
    ...['ice.path_lost', 'dtls.timeout', 'client.cpu'],
  ],
};
const NO_MICROPHONE: Explains = {
  any: [...NO_SOUND_OUT, 'call.not_answered'],
  same: ['mic.no_track', 'mic.silent', 'mic.low_level', 'mic.track_ended', 'media.one_way_downlink'],
};

/** Which code explains which: the causes on the left. What two codes could say of each other is told apart by the rules. */
const TABLE: Partial<Readonly<Record<ErrorCode, Explains>>> = {
  'server.interrupted': { any: ['signaling.', 'ice.', 'media.', 'network.', 'sip.', 'playout.', 'mic.'] },
  'media.worker_failed': { any: ['ice.', 'media.', 'network.', 'dtls.', 'playout.'] },
  'turn.worker_failed': { any: NO_MEDIA, same: ['network.'] },
  'server.bad_advertised_address': {
    any: ['ice.udp_blocked', 'ice.nat_needs_relay', 'ice.relay_tcp', 'turn.', ...NO_MEDIA],
  },
  // Relays that refuse would have carried the call, were they right: the network alone is not why there is none.
  'turn.auth_failed': {
    any: ['ice.udp_blocked', 'ice.nat_needs_relay', ...NO_MEDIA],
    same: ['turn.silent', 'turn.unreachable'],
  },
  'turn.credentials_expired': {
    any: ['ice.udp_blocked', 'ice.nat_needs_relay', ...NO_MEDIA],
    same: ['turn.auth_failed', 'turn.silent', 'turn.unreachable'],
  },
  'turn.credentials_foreign': {
    any: ['ice.udp_blocked', 'ice.nat_needs_relay', ...NO_MEDIA],
    same: ['turn.auth_failed', 'turn.silent', 'turn.unreachable'],
  },
  'turn.not_relaying': { any: ['ice.nat_needs_relay', 'ice.udp_blocked', ...NO_MEDIA] },
  'turn.peer_forbidden': { any: ['ice.nat_needs_relay', 'ice.udp_blocked', 'turn.not_relaying', ...NO_MEDIA] },
  'turn.draining': { any: ['ice.nat_needs_relay', ...NO_MEDIA] },
  'turn.quota_reached': { any: ['ice.nat_needs_relay', 'ice.udp_blocked', ...NO_MEDIA] },
  'turn.relay_full': { any: ['ice.nat_needs_relay', 'ice.udp_blocked', ...NO_MEDIA] },
  'ice.udp_blocked': {
    any: NO_MEDIA,
    same: ['turn.silent', 'turn.unreachable', 'ice.nat_needs_relay', 'network.', 'mic.'],
  },
  // A NAT that lets nothing through is why a relay is needed; that there is none to be had is why there is no call.
  'turn.unreachable': { any: ['ice.nat_needs_relay', ...NO_MEDIA], same: ['turn.silent'] },
  'turn.silent': { any: ['ice.nat_needs_relay', ...NO_MEDIA] },
  'ice.no_candidates': { any: ['ice.udp_blocked', 'ice.nat_needs_relay', 'turn.', ...NO_MEDIA] },
  'ice.nat_needs_relay': NO_PATH,
  'ice.credential_mismatch': { any: ['ice.udp_blocked', 'ice.nat_needs_relay', 'turn.', ...NO_MEDIA] },
  'dtls.fingerprint_mismatch': { any: [...NO_MEDIA, 'dtls.peer_alert', 'dtls.blackholed'], same: ['mic.', 'network.'] },
  'dtls.role_conflict': { any: [...NO_MEDIA, 'dtls.blackholed'], same: ['mic.', 'network.'] },
  'dtls.mtu_drop': { any: [...NO_MEDIA, 'dtls.blackholed'], same: ['mic.', 'network.'] },
  'dtls.blackholed': NO_PATH,
  'dtls.peer_alert': NO_PATH,
  'dtls.timeout': NO_PATH,
  'media.bad_sdp': { any: [...NO_MEDIA, 'ice.udp_blocked', 'dtls.blackholed'] },
  'srtp.auth_failed': { any: NO_MEDIA, same: ['network.', 'playout.not_rendered'] },
  'ice.path_switched': {
    same: ['ice.path_lost', 'ice.consent_lost', 'signaling.ws_dropped', 'network.', 'media.'],
    any: ['media.one_way_uplink', 'media.one_way_downlink'],
  },
  'ice.path_lost': { ...PATH_GONE, same: (PATH_GONE.same ?? []).filter((code) => code !== 'ice.consent_lost') },
  'ice.consent_lost': PATH_GONE,
  'signaling.client_gone': {
    any: ['media.one_way_uplink', 'media.one_way_downlink', 'sip.pbx_timeout'],
    same: ['signaling.ws_dropped', 'ice.', 'network.', 'playout.', 'mic.', 'client.cpu'],
  },
  'ice.relay_tcp': { same: ['network.delay', 'network.jitter'] },

  'mic.muted_in_app': NO_MICROPHONE,
  'mic.silent': { any: NO_SOUND_OUT },
  'mic.interrupted': NO_MICROPHONE,
  'mic.track_ended': NO_MICROPHONE,
  'mic.no_track': NO_MICROPHONE,

  'playout.tab_frozen': { same: ['signaling.ws_dropped', 'client.cpu', 'signaling.client_gone'] },
  'playout.autoplay_blocked': { same: ['playout.not_rendered'] },
  'client.cpu': { same: ['network.', 'playout.not_rendered', 'playout.tab_frozen', 'signaling.ws_dropped'] },

  'media.on_hold': { any: ['media.', 'playout.not_rendered', 'sip.pbx_timeout'] },
  'media.payload_mismatch': {
    any: [
      'media.far_end_leg_dead',
      'media.far_end_silent',
      'media.one_way_uplink',
      'media.one_way_downlink',
      'network.',
    ],
  },
  'media.far_end_leg_dead': {
    any: ['media.one_way_downlink', 'media.one_way_uplink', 'media.far_end_silent', 'playout.not_rendered'],
  },
  'media.one_way_uplink': { any: ['sip.pbx_timeout', 'media.far_end_leg_dead'] },
  'media.one_way_downlink': { any: ['sip.pbx_timeout'] },
  'sip.ack_lost': { any: ['media.', 'sip.pbx_timeout'] },
  'media.codec_mismatch': { any: ['sip.', 'media.payload_mismatch'] },

  'network.congestion': { same: ['network.', 'signaling.ws_dropped'] },
  'network.loss_burst': { same: ['network.loss', 'network.jitter'] },
  'network.loss': { same: ['network.jitter'] },
  'network.far_end_loss': { any: ['network.loss', 'network.loss_burst', 'network.jitter'] },
  // Of the phone side: the browser hears the same unevenness.
  'network.jitter': { any: ['network.jitter'] },
};

/** Refusals explain how long they took to come. */
const REFUSALS = /^(?:sip\.(?!slow_setup|ack_lost|pbx_timeout)|media\.codec_mismatch|call\.not_answered)/;
/** Who gets no microphone begins no call. */
const NO_CALL =
  /^(?:mic\.(?!muted|silent|low|clip|track|no_track|interr)|client\.webrtc_missing|signaling\.ws_unreachable)/;

/** In which scope one code explains another; undefined: it does not. */
export function explains(cause: ErrorCode, consequence: ErrorCode): Scope | undefined {
  const { any = [], same = [] } = TABLE[cause] ?? {};
  if (matches(any, consequence)) return 'any';
  if (matches(same, consequence)) return 'same';
  if (REFUSALS.test(cause) && consequence === 'sip.slow_setup') return 'any';
  if (NO_CALL.test(cause) && cause !== consequence) return consequence.startsWith('sip.') ? 'same' : 'any';
  return undefined;
}

const matches = (patterns: readonly string[], code: ErrorCode): boolean =>
  patterns.some((pattern) => (pattern.endsWith('.') ? code.startsWith(pattern) : code === pattern));
