import { type ErrorEntry, entry } from './error-entry.js';
import { OPERATOR_ERRORS } from './operator-errors.js';

/** What a call can meet. The SDK carries these and no others. */
export const CALL_ERRORS = {
  // Signaling between browser and gateway
  'signaling.ws_unreachable': entry(
    'signaling',
    'The calling service cannot be reached.',
    'Check the connection and try again; if other pages work, the service may be down.',
  ),
  'signaling.ws_dropped': entry(
    'signaling',
    'The connection to the calling service was lost.',
    'It reconnects by itself; wait a moment.',
  ),
  'signaling.client_gone': entry(
    'signaling',
    'The page went away without hanging up.',
    'Call again from an open page.',
  ),
  'signaling.bad_message': entry(
    'signaling',
    'The page and the calling service do not understand each other.',
    'Reload the page; if it stays, tell whoever runs this service.',
  ),
  'signaling.message_too_large': entry('signaling', 'A message was larger than allowed.', 'Send less in one message.'),
  'signaling.too_many_messages': entry('signaling', 'Too many messages came at once.', 'Slow down and connect again.'),
  'signaling.resume_expired': entry(
    'signaling',
    'The connection was away too long for the call to go on.',
    'Call again.',
  ),
  'signaling.foreign_origin': entry(
    'signaling',
    'This web site may not use this calling service.',
    'Tell whoever runs this web site.',
  ),
  'signaling.replaced': entry('signaling', 'This session went on in another tab or window.', 'Go on there.'),
  'signaling.server_stopping': entry('signaling', 'The calling service is shutting down.', 'Try again in a minute.'),
  'signaling.timeout': entry(
    'signaling',
    'The calling service did not answer in time.',
    'Check the connection and try again.',
  ),

  // Permission to call
  'auth.token_missing': entry(
    'signaling',
    'This page was given no permission to call.',
    'Sign in again, or reload the page.',
  ),
  'auth.token_expired': entry('signaling', 'The permission to call has expired.', 'Sign in again, or reload the page.'),
  'auth.token_invalid': entry(
    'signaling',
    'The permission to call is not valid here.',
    'Sign in again; if it stays, tell whoever runs this service.',
  ),
  'auth.destination_not_allowed': entry(
    'signaling',
    'This page may not call that destination.',
    'Call another one, or ask whoever runs this service.',
  ),

  // Finding and ringing the other side
  'call.invalid_destination': entry(
    'signaling',
    'That is not a line name, a number or a SIP address.',
    'Use letters, digits, "+", ".", "-" or "_" only, or a sip: address.',
  ),
  'call.unknown_destination': entry(
    'signaling',
    'That destination is not known here.',
    'Check what you called; if it is right, tell whoever runs this service.',
  ),
  'call.unknown': entry('signaling', 'There is no such call.', 'It may have ended; start a new one.'),
  'call.wrong_state': entry('signaling', 'The call cannot do that now.', 'Wait a moment, or call again.'),
  'call.limit_reached': entry('signaling', 'Too many calls at once.', 'End a call or try again later.'),
  'call.not_answered': entry('far-end', 'Nobody answered.', 'Try again later.'),
  'call.moved_to_phone': entry('signaling', 'The call goes on by phone.', 'Go on talking there.'),
  'call.callback_not_allowed': entry(
    'signaling',
    'This service may not call that number back.',
    'Try another number, or call again.',
  ),
  'call.callback_failed': entry('far-end', 'Your phone could not be reached.', 'Try again, or call again later.'),
  'call.answered_elsewhere': entry('far-end', 'The call was answered elsewhere.', 'Nothing to do.'),
  'sip.auth_rejected': entry(
    'signaling',
    'The phone side does not let this service place the call.',
    'Tell whoever runs this service.',
  ),
  'sip.not_found': entry('far-end', 'The phone side does not know that number.', 'Check the number.'),
  'sip.unavailable': entry('far-end', 'The person called is not reachable now.', 'Try again later.'),
  'sip.busy': entry('far-end', 'The line is busy.', 'Try again later.'),
  'sip.declined': entry('far-end', 'The call was declined.', 'Try again later, or another way.'),
  'sip.service_unavailable': entry(
    'far-end',
    'The phone side cannot take calls now.',
    'Try again in a minute; if it stays, tell whoever runs the phone system.',
  ),
  'sip.no_response': entry(
    'far-end',
    'The phone side did not answer at all.',
    'Call again; if it stays, tell whoever runs the phone system.',
  ),
  'sip.transport_failed': entry(
    'network',
    'The phone side could not be reached.',
    'Call again; if it stays, tell whoever runs the phone system.',
  ),
  'sip.request_rejected': entry(
    'far-end',
    'The phone side refused the call.',
    'Check the number; if it is right, tell whoever runs the phone system.',
  ),
  'sip.ack_lost': entry(
    'signaling',
    'The phone side and this service did not agree that the call was answered.',
    'Call again; if it stays, tell whoever runs the phone system.',
  ),
  'sip.cancelled_by_caller': entry('signaling', 'The caller hung up before an answer.', 'Nothing to do.'),
  'sip.bad_message': entry(
    'signaling',
    'That is not a valid SIP message.',
    'Look at the position and the reason in the details.',
  ),

  // Microphone
  'mic.insecure_context': entry(
    'device',
    'This page is not secure, so the browser offers no microphone.',
    'Open the page by an address that begins with https.',
  ),
  'mic.blocked_by_iframe_policy': entry(
    'device',
    'The page that embeds this one does not pass the microphone on.',
    'Open this page in a tab of its own, or tell whoever runs the web site.',
  ),
  'mic.denied_by_user': entry(
    'device',
    'The microphone was not allowed.',
    'Allow the microphone in the address bar, then call again.',
  ),
  'mic.prompt_dismissed': entry(
    'device',
    'The question for the microphone was closed.',
    'Press Call again and choose Allow.',
  ),
  'mic.denied_by_system': entry(
    'device',
    'The operating system does not let this browser use the microphone.',
    'Allow it in the system settings under privacy, then call again.',
  ),
  'mic.not_found': entry('device', 'No microphone was found.', 'Plug one in, then call again.'),
  'mic.device_busy': entry(
    'device',
    'The microphone could not be started; another program may hold it.',
    'Close the other program, then call again.',
  ),
  'mic.device_failed': entry(
    'device',
    'The microphone failed.',
    'Unplug it and plug it in again, or choose another one.',
  ),
  'mic.stale_device': entry(
    'device',
    'The microphone chosen earlier is not there any more.',
    'Choose another one, then call again.',
  ),
  'mic.in_app_browser': entry(
    'device',
    'The browser inside this app offers no microphone.',
    "Open the page in the device's own browser.",
  ),
  'mic.track_ended': entry('device', 'The microphone stopped during the call.', 'Check that it is still plugged in.'),

  'client.webrtc_missing': entry(
    'device',
    'This browser cannot make calls.',
    'Use a current browser; some extensions switch calls off.',
  ),

  // Playing sound
  'playout.autoplay_blocked': entry(
    'audio',
    'The browser waits for a tap before it plays sound.',
    'Tap "Hear the call".',
  ),

  // Media transport
  'ice.no_candidates': entry(
    'network',
    'The browser found no network to call from.',
    'Check that you are online; switch a VPN off if there is one.',
  ),
  'ice.udp_blocked': entry(
    'network',
    'The network lets no UDP through to the calling service.',
    'Try another network, such as that of a mobile phone.',
  ),
  'ice.credential_mismatch': entry(
    'transport',
    'What the browser sends does not fit this call.',
    'Reload the page and call again.',
  ),
  'ice.consent_lost': entry(
    'network',
    'The browser sent on, but its sound did not come through any more.',
    'The call tries another way by itself; if it does not, call again.',
  ),
  'ice.nat_needs_relay': entry(
    'network',
    'The network lets no direct way through, and no relay could be used.',
    'Try another network, such as that of a mobile phone.',
  ),
  'ice.relay_tcp': entry(
    'network',
    'The sound takes a slower way, because the network blocks UDP.',
    'It works; another network may sound better.',
  ),
  'ice.failed': entry(
    'network',
    'No way for the sound could be found.',
    'Try another network, such as that of a mobile phone.',
  ),
  'dtls.fingerprint_mismatch': entry(
    'transport',
    'The call could not be secured: the other end is not who it should be.',
    'Call again; if it stays, try another network.',
  ),
  'dtls.certificate_missing': entry(
    'transport',
    'The call could not be secured: the browser sent no certificate.',
    'Update the browser, then call again.',
  ),
  'dtls.bad_certificate_verify': entry(
    'transport',
    'The call could not be secured: the proof of who is there is wrong.',
    'Call again; if it stays, try another network.',
  ),
  'dtls.bad_finished': entry(
    'transport',
    'The call could not be secured: something was changed on the way.',
    'Call again; if it stays, try another network.',
  ),
  'dtls.no_common_parameters': entry(
    'transport',
    'The call could not be secured: the browser knows no way that we know.',
    'Update the browser, then call again.',
  ),
  'dtls.decode_error': entry(
    'transport',
    'The call could not be secured: a message could not be read.',
    'Update the browser, then call again.',
  ),
  'dtls.unexpected_message': entry(
    'transport',
    'The call could not be secured: a message came out of turn.',
    'Update the browser, then call again.',
  ),
  'dtls.extended_master_secret_missing': entry(
    'transport',
    'The call could not be secured: the browser is too old.',
    'Update the browser, then call again.',
  ),
  'dtls.peer_alert': entry(
    'transport',
    'The call could not be secured: the browser refused.',
    'Update the browser, then call again.',
  ),
  'dtls.timeout': entry(
    'transport',
    'The call could not be secured in time.',
    'Try another network, such as that of a mobile phone.',
  ),
  'dtls.blackholed': entry(
    'transport',
    'The network lets a way be found, and swallows what would secure it.',
    'Try another network, such as that of a mobile phone.',
  ),
  'dtls.mtu_drop': entry(
    'transport',
    'The network lets small packets through, and no large ones.',
    'Switch the VPN off, or try another network.',
  ),
  'dtls.role_conflict': entry(
    'transport',
    'The call could not be secured: both ends wait for the other to begin.',
    'Call again; if it stays, tell whoever runs this service.',
  ),
  'srtp.auth_failed': entry(
    'transport',
    'The sound was changed on the way and cannot be trusted.',
    'Call again; if it stays, try another network.',
  ),

  // TURN (RFC 8656), as server and as client
  'turn.auth_failed': entry(
    'network',
    'The relay refuses the browser.',
    'Call again; if it stays, tell whoever runs this service.',
  ),
  'turn.credentials_expired': entry(
    'network',
    'The permission to use the relay has expired.',
    'Reload the page and call again.',
  ),
  'turn.credentials_foreign': entry(
    'network',
    'The relay does not know the permission that the browser shows.',
    'Call again; if it stays, tell whoever runs this service.',
  ),
  'turn.bad_request': entry(
    'network',
    'The relay did not understand a request.',
    'Call again; if it stays, tell whoever runs this service.',
  ),
  'turn.peer_forbidden': entry(
    'network',
    'The relay may not send to the calling service.',
    'Call again; if it stays, tell whoever runs this service.',
  ),
  'turn.quota_reached': entry(
    'network',
    'The relay carries as many calls of this user as allowed.',
    'End another call, then try again.',
  ),
  'turn.relay_full': entry('network', 'The relay is full.', 'Try again later.'),
  'turn.unreachable': entry(
    'network',
    'The relay cannot be reached.',
    'Try another network, such as that of a mobile phone.',
  ),
  'turn.silent': entry('network', 'The relay does not answer.', 'Try another network, such as that of a mobile phone.'),
  'turn.not_relaying': entry(
    'network',
    'The relay can be reached, but what it is given does not arrive.',
    'Call again; if it stays, tell whoever runs this service.',
  ),

  // Media
  'media.codec_mismatch': entry(
    'far-end',
    'The two sides have no kind of sound in common.',
    'Call again; if it stays, tell whoever runs this service.',
  ),
  'media.bad_sdp': entry(
    'signaling',
    'What the two sides told each other about the call could not be used.',
    'Call again; if it stays, tell whoever runs this service.',
  ),
  'media.no_audio': entry(
    'signaling',
    'The call offers no sound.',
    'Call again; if it stays, tell whoever runs this service.',
  ),
  'media.one_way_uplink': entry(
    'audio',
    'The other side does not hear the caller.',
    'Call again; if it stays, try another network.',
  ),
  'media.one_way_downlink': entry(
    'audio',
    'The caller does not hear the other side.',
    'Call again; if it stays, try another network.',
  ),
  'media.far_end_leg_dead': entry(
    'far-end',
    'The call was answered, but no sound comes from the phone side.',
    'Hang up and call again; if it stays, tell whoever runs the phone system.',
  ),
  'media.ports_exhausted': entry(
    'configuration',
    'The calling service has no room for another call.',
    'Try again later.',
  ),
  'media.worker_failed': entry('configuration', 'The calling service lost the call.', 'Call again.'),
  'server.bad_advertised_address': entry(
    'configuration',
    'The calling service names an address that cannot be reached.',
    'Tell whoever runs this service.',
  ),
  'http.not_found': entry('configuration', 'There is nothing at that address.', 'Check the address.'),
  'http.rate_limited': entry('signaling', 'Too many requests from this address.', 'Wait a moment.'),
  // What the diagnosis of a call names besides
  'signaling.slow': entry(
    'signaling',
    'Messages between the page and the calling service took very long.',
    'Try again; if it stays, try another network.',
  ),
  'sip.pbx_timeout': entry(
    'far-end',
    'The phone side ended the call by itself, after a time.',
    'Call again; if it stays, tell whoever runs the phone system.',
  ),
  'sip.slow_setup': entry(
    'far-end',
    'The phone side took long to ring.',
    'Nothing to do; if it is often so, tell whoever runs the phone system.',
  ),
  'mic.prompt_ignored': entry(
    'device',
    'The question for the microphone was not answered.',
    'Look for the question near the address bar and allow the microphone.',
  ),
  'mic.blocked_earlier': entry(
    'device',
    'The microphone was blocked for this site before.',
    'Allow it in the settings of the site, beside the address bar, and reload the page.',
  ),
  'mic.denied_by_policy': entry(
    'device',
    'A policy of the organisation forbids the microphone.',
    'Ask whoever manages this browser to allow the microphone for this site.',
  ),
  'mic.muted_in_app': entry('device', 'The microphone is muted on the page.', 'Press unmute to be heard.'),
  'mic.silent': entry(
    'device',
    'The microphone is open and picks up nothing at all.',
    'Check that it is not muted by a switch or in the system, or choose another one.',
  ),
  'mic.no_track': entry('device', 'No microphone is connected to the call.', 'Choose a microphone, or call again.'),
  'mic.interrupted': entry(
    'device',
    'The system took the microphone away, for a phone call for example.',
    'End what uses the microphone; it comes back by itself, or call again.',
  ),
  'mic.low_level': entry(
    'audio',
    'The microphone picks up speech far too quietly.',
    'Speak nearer to it, or raise its level in the system.',
  ),
  'mic.clipping': entry(
    'audio',
    'The microphone is so loud that speech is distorted.',
    'Lower its level in the system, or speak further away.',
  ),
  'playout.not_rendered': entry('audio', 'Sound arrives, and nothing plays it.', 'Reload the page and call again.'),
  'playout.sink_failed': entry(
    'device',
    'The chosen speaker or headset cannot be used.',
    'Choose another one, or plug it in again.',
  ),
  'playout.tab_frozen': entry(
    'device',
    'The browser put the page to sleep.',
    'Keep the page open and visible during calls.',
  ),
  'ice.path_lost': entry(
    'transport',
    'The connection for the sound was lost.',
    'It reconnects by itself; if it does not, check that you are online.',
  ),
  'ice.path_switched': entry('network', 'The call moved to another network.', 'Nothing to do; a short gap is normal.'),
  'media.far_end_silent': entry(
    'far-end',
    'The phone side sends nothing but silence.',
    'Ask whether the phone is muted; if not, call again.',
  ),
  'media.payload_mismatch': entry(
    'far-end',
    'Sound arrives that cannot be played.',
    'Call again; if it stays, tell whoever runs this service.',
  ),
  'media.on_hold': entry('far-end', 'The other side put the call on hold.', 'Wait until they come back.'),
  'dtmf.not_negotiated': entry(
    'far-end',
    'The phone side does not understand the keys pressed in this call.',
    'Ask for a person, or tell whoever runs the phone system.',
  ),
  'network.loss': entry(
    'network',
    'So much sound is lost on the way that it can be heard.',
    'Move nearer to the Wi-Fi, or use a cable; pause downloads.',
  ),
  'network.loss_burst': entry(
    'network',
    'Whole words are lost on the way.',
    'Move nearer to the Wi-Fi, or use a cable.',
  ),
  'network.jitter': entry(
    'network',
    'The sound arrives so unevenly that some comes too late.',
    'Move nearer to the Wi-Fi, or use a cable; pause downloads.',
  ),
  'network.delay': entry(
    'network',
    'The sound takes so long that people talk over each other.',
    'Switch a VPN off if there is one, or try another network.',
  ),
  'network.congestion': entry(
    'network',
    'The line is full, so that sound is late and then lost.',
    'Pause uploads and downloads.',
  ),
  'network.far_end_loss': entry(
    'far-end',
    'Sound is lost between this service and the phone side.',
    'Call again; if it stays, tell whoever runs the phone system.',
  ),
  'client.cpu': entry(
    'device',
    'The computer is too busy to keep up with the sound.',
    'Close other programs and tabs, and plug the charger in.',
  ),
  'client.clock_skew': entry(
    'device',
    'The clock of this computer is off; times were corrected.',
    'Nothing to do for the call; set the clock.',
  ),
  'server.interrupted': entry('configuration', 'The calling service stopped in the middle of the call.', 'Call again.'),
  'internal.bug': entry(
    'configuration',
    'Something went wrong in the calling service.',
    'Call again; if it stays, tell whoever runs this service.',
  ),
} as const satisfies Record<string, ErrorEntry>;

/**
 * Every failure has a name. This is the one table of stable codes: what happened, the layer it belongs to, and what to
 * do next. Codes are never reused; a retired one stays listed in RETIRED_CODES.
 */
// A call that is marked as pure, so that bundlers leave what nobody uses out of the SDK: they keep a spread.
export const ERRORS = /* @__PURE__ */ Object.assign({}, CALL_ERRORS, OPERATOR_ERRORS);

export type ErrorCode = keyof typeof ERRORS;

/** Codes that once existed. They may never come back with another meaning. */
export const RETIRED_CODES: readonly string[] = [];

/** A failure as a value: a code of the table plus what is particular to this occurrence. Safe to send to a browser. */
export interface Fault {
  readonly code: ErrorCode;
  /** What went wrong here, for engineers: no secrets, no personal data. */
  readonly detail?: string;
  /** Where: a path, a line, a header, a position. */
  readonly where?: string;
}

export function fault(code: ErrorCode, detail?: string, where?: string): Fault {
  return { code, ...(detail === undefined ? {} : { detail }), ...(where === undefined ? {} : { where }) };
}

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(ERRORS, text);

/** One sentence with everything: `code: what (where: detail). next`. */
export const describeFault = (failure: Fault): string => describeBy(ERRORS[failure.code], failure);

/** The same, where the entry is at hand. */
export function describeBy({ what, next }: ErrorEntry, { code, detail, where }: Fault): string {
  const particulars = [where, detail].filter((part) => part !== undefined).join(': ');
  return `${code}: ${what}${particulars === '' ? '' : ` (${particulars})`} ${next}`;
}
