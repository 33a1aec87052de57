import { ERRORS, type ErrorCode } from '@earshot/base';

/** Sentences about somebody: `who` is `the caller`, `the person called`, `the phone side`. */
type Headline = (who: string, Who: string) => string;

const unsecured =
  (why: string): Headline =>
  (who) =>
    `The sound of ${who} could not be secured: ${why}.`;

const HEADLINES: Partial<Readonly<Record<ErrorCode, Headline>>> = {
  'signaling.client_gone': (who) => `The page of ${who} went away without hanging up.`,
  'call.not_answered': (_who, Who) => `${Who} did not answer.`,

  'mic.insecure_context': (who) => `The page of ${who} is not secure, so the browser offers no microphone.`,
  'mic.blocked_by_iframe_policy': (who) => `The web site around the page of ${who} does not pass the microphone on.`,
  'mic.in_app_browser': (who) => `The app in which ${who} opened the page offers no microphone.`,
  'mic.prompt_dismissed': (_who, Who) => `${Who} closed the question for the microphone.`,
  'mic.denied_by_user': (_who, Who) => `${Who} did not allow the microphone.`,
  'mic.blocked_earlier': (_who, Who) => `${Who} had blocked the microphone for this site before.`,
  'mic.denied_by_system': (who) => `The system of ${who} does not let the browser use the microphone.`,
  'mic.denied_by_policy': (who) => `The organisation of ${who} forbids the microphone.`,
  'mic.not_found': (who) => `No microphone was found at the computer of ${who}.`,
  'mic.device_busy': (who) => `The microphone of ${who} could not be started; another program may hold it.`,
  'mic.device_failed': (who) => `The microphone of ${who} failed.`,
  'mic.stale_device': (who) => `The microphone that ${who} chose earlier is not there any more.`,
  'mic.prompt_ignored': (_who, Who) => `${Who} did not answer the question for the microphone.`,
  'client.webrtc_missing': (who) => `The browser of ${who} cannot make calls.`,

  'ice.no_candidates': (who) => `The browser of ${who} found no network to call from.`,
  'ice.udp_blocked': (who) => `${networkOf(who)} lets no UDP through to this gateway.`,
  'ice.credential_mismatch': (who) => `The connection of ${who} shows another password than was agreed on.`,
  'ice.nat_needs_relay': (who) => `${networkOf(who)} lets no direct way through, and no relay could be used.`,
  'ice.failed': (who) => `No way for the sound was found between ${who} and this gateway.`,
  'ice.relay_tcp': (who) => `${networkOf(who)} blocks UDP, so the sound takes a slower way.`,
  'ice.consent_lost': (_who, Who) => `${Who} still sends, but nothing comes through any more.`,
  'ice.path_lost': (who) => `The connection between ${who} and this gateway was lost.`,

  'dtls.fingerprint_mismatch': unsecured('the certificate is not the one that was announced'),
  'dtls.certificate_missing': unsecured('the browser sent no certificate'),
  'dtls.bad_certificate_verify': unsecured('the proof of who is there is wrong'),
  'dtls.bad_finished': unsecured('something was changed on the way'),
  'dtls.no_common_parameters': unsecured('browser and gateway know no way in common'),
  'dtls.peer_alert': unsecured('the browser refused'),
  'dtls.timeout': unsecured('messages went missing on the way'),
  'dtls.role_conflict': unsecured('both ends wait for the other to begin'),
  'dtls.blackholed': (who) => `${networkOf(who)} swallows the messages that secure the sound.`,
  'dtls.mtu_drop': (who) => `${networkOf(who)} lets small packets through, and no large ones.`,
  'srtp.auth_failed': (who) => `The sound of ${who} is changed on the way, and cannot be used.`,

  'server.bad_advertised_address': (who) => `This gateway gave ${who} an address that cannot be reached from there.`,
  'turn.auth_failed': (who) => `The relay refuses the browser of ${who}.`,
  'turn.credentials_expired': (who) => `The permission of ${who} to use the relay has expired.`,
  'turn.credentials_foreign': (who) => `The relay does not know the permission that the browser of ${who} shows.`,
  'turn.unreachable': (who) => `The relay cannot be reached from the network of ${who}.`,
  'turn.silent': (who) => `The relay does not answer the browser of ${who}.`,
  'turn.not_relaying': (who) => `The relay takes the sound of ${who}, and does not deliver it.`,
  'turn.peer_forbidden': () => 'The relay may not send to this gateway.',
  'turn.quota_reached': (who) => `The relay carries as many calls of ${who} as it may.`,

  'sip.not_found': (_who, Who) => `${Who} does not know that number.`,
  'sip.declined': (_who, Who) => `${Who} declined the call.`,
  'sip.service_unavailable': (_who, Who) => `${Who} cannot take calls now.`,
  'sip.no_response': (_who, Who) => `${Who} does not answer at all.`,
  'sip.transport_failed': (who) => `Nothing could be sent to ${who}.`,
  'sip.request_rejected': (_who, Who) => `${Who} refused the call.`,
  'sip.auth_rejected': (_who, Who) => `${Who} does not let this gateway place the call.`,
  'sip.ack_lost': (who) => `The answer of ${who} was never confirmed.`,
  'sip.pbx_timeout': (_who, Who) => `${Who} hung up by itself, after a time.`,
};

function networkOf(who: string): string {
  return who === 'the caller' ? 'The caller’s network' : `The network of ${who}`;
}

/** One sentence for people who do not know how calls work; what proves it, in the words of the field, is evidence. */
export function headlineOf(code: ErrorCode, who: string): string {
  return HEADLINES[code]?.(who, capitalized(who)) ?? ERRORS[code].what;
}

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
