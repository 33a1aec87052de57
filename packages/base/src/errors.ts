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
    'A message did not follow the protocol earshot.v1.',
    'Update the page or the SDK to the version the server speaks.',
  ),
  'signaling.message_too_large': entry('signaling', 'A message was larger than allowed.', 'Send less in one message.'),
  'signaling.too_many_messages': entry('signaling', 'Too many messages came at once.', 'Slow down and connect again.'),
  'signaling.resume_expired': entry(
    'signaling',
    'The earlier session can no longer be resumed.',
    'Start the call again.',
  ),
  'signaling.foreign_origin': entry(
    'signaling',
    'This web site may not use this calling service.',
    'Ask the operator to add the site to http.allowedOrigins.',
  ),
  'signaling.replaced': entry(
    'signaling',
    'This session was taken over by a newer connection.',
    'Go on in the newer tab or connection.',
  ),
  'signaling.server_stopping': entry('signaling', 'The calling service is shutting down.', 'Try again in a minute.'),
  'signaling.timeout': entry(
    'signaling',
    'The calling service did not answer in time.',
    'Check the connection and try again.',
  ),

  // Permission to call
  'auth.token_missing': entry(
    'signaling',
    'No access token was given.',
    'Get a token for this caller and pass it to the SDK.',
  ),
  'auth.token_expired': entry('signaling', 'The access token has expired.', 'Get a fresh token and try again.'),
  'auth.token_invalid': entry(
    'signaling',
    'The access token is not valid here.',
    'Check which key, issuer and audience signed it.',
  ),
  'auth.destination_not_allowed': entry(
    'signaling',
    'This token does not allow calling that destination.',
    'Ask for a token whose "call" claim allows it.',
  ),

  // Finding and ringing the far end
  'call.invalid_destination': entry(
    'signaling',
    'That is not a line name, a number or a SIP address.',
    'Use letters, digits, "+", ".", "-" or "_" only, or a sip: address.',
  ),
  'call.unknown_destination': entry(
    'signaling',
    'No line or route leads to that destination.',
    'Pick a listed line, or add a route for it.',
  ),
  'call.unknown': entry('signaling', 'There is no such call.', 'It may have ended; start a new one.'),
  'call.wrong_state': entry(
    'signaling',
    'The call is not in a state that allows this.',
    'Wait for the call to reach that state, or start a new one.',
  ),
  'call.limit_reached': entry('signaling', 'Too many calls at once.', 'End a call or try again later.'),
  'call.not_answered': entry('far-end', 'Nobody answered.', 'Try again later.'),
  'call.answered_elsewhere': entry('far-end', 'The call was answered elsewhere.', 'Nothing to do.'),
  'sip.auth_rejected': entry(
    'signaling',
    'The phone network refused our credentials.',
    'Check user name and password of the trunk.',
  ),
  'sip.not_found': entry('far-end', 'The phone network does not know that number.', 'Check the number.'),
  'sip.unavailable': entry('far-end', 'The person called is not reachable now.', 'Try again later.'),
  'sip.busy': entry('far-end', 'The line is busy.', 'Try again later.'),
  'sip.declined': entry('far-end', 'The call was declined.', 'Try again later, or another way.'),
  'sip.service_unavailable': entry(
    'far-end',
    'The phone network cannot take the call now.',
    'Try again; if it stays, check the trunk.',
  ),
  'sip.no_response': entry(
    'far-end',
    'The phone network did not answer at all.',
    'Check the address of the PBX or trunk, and that UDP reaches it.',
  ),
  'sip.transport_failed': entry(
    'network',
    'The SIP message could not be sent.',
    'Check the address of the PBX or trunk.',
  ),
  'sip.request_rejected': entry(
    'far-end',
    'The phone network refused the call.',
    'Look at the SIP status in the details.',
  ),
  'sip.ack_lost': entry(
    'signaling',
    'The far end never confirmed the answer.',
    'Check that SIP packets reach this host in both directions.',
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
    'Open the page over https, or on localhost.',
  ),
  'mic.blocked_by_iframe_policy': entry(
    'device',
    'The page that embeds this one does not pass the microphone on.',
    'Add allow="microphone" to the iframe.',
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
    'Use a current browser, and allow WebRTC where it is switched off.',
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
    'The browser found no network address to call from.',
    'Check the network connection.',
  ),
  'ice.udp_blocked': entry(
    'network',
    'Nothing from the browser reached the media port.',
    'Allow UDP to the media ports, or use a network that does.',
  ),
  'ice.credential_mismatch': entry(
    'transport',
    'Connectivity checks came with a wrong password.',
    'Start the call again; if it stays, something in between changes the signalling.',
  ),
  'ice.consent_lost': entry(
    'network',
    'The browser stopped answering on the media path.',
    'The call tries another path by itself.',
  ),
  'ice.nat_needs_relay': entry(
    'network',
    'The network lets no direct path through, and no relay could be used.',
    'Check that a relay is configured and reachable by UDP, TCP or TLS.',
  ),
  'ice.relay_tcp': entry(
    'network',
    'The call goes through a relay over TCP, because the network blocks UDP.',
    'It works; opening UDP would make it sound better.',
  ),
  'ice.failed': entry(
    'network',
    'No media path could be found.',
    'Try another network; ask the operator to check the media ports.',
  ),
  'dtls.fingerprint_mismatch': entry(
    'transport',
    'The certificate is not the one announced in signalling.',
    'Start the call again; if it stays, somebody may be in between.',
  ),
  'dtls.certificate_missing': entry(
    'transport',
    'The browser sent no certificate.',
    'Use a browser that supports WebRTC.',
  ),
  'dtls.bad_certificate_verify': entry(
    'transport',
    'The proof for the certificate is missing or wrong.',
    'Start the call again; if it stays, somebody may be in between.',
  ),
  'dtls.bad_finished': entry(
    'transport',
    'The handshake was changed on the way.',
    'Start the call again; if it stays, somebody may be in between.',
  ),
  'dtls.no_common_parameters': entry(
    'transport',
    'No version, cipher suite, curve or SRTP profile in common.',
    'Use a current browser.',
  ),
  'dtls.decode_error': entry('transport', 'A handshake message could not be read.', 'Use a current browser.'),
  'dtls.unexpected_message': entry('transport', 'A handshake message came out of turn.', 'Start the call again.'),
  'dtls.extended_master_secret_missing': entry(
    'transport',
    'The browser does not bind the keys to the handshake (RFC 7627).',
    'Use a current browser.',
  ),
  'dtls.peer_alert': entry('transport', 'The browser refused the handshake.', 'Look at the alert in the details.'),
  'dtls.timeout': entry(
    'transport',
    'The handshake did not finish in time.',
    'Large packets may be dropped on the way; check the MTU.',
  ),
  'dtls.blackholed': entry(
    'transport',
    'A path was found, but the handshake that encrypts it gets no answer.',
    'Something on the way drops DTLS; use a relay over TLS, or another network.',
  ),
  'dtls.mtu_drop': entry(
    'transport',
    'Small packets pass on the media path, large ones do not.',
    'Lower the MTU of the VPN or tunnel on the way, or let ICMP "packet too big" through.',
  ),
  'dtls.role_conflict': entry(
    'transport',
    'Both ends wait for the other one to begin the handshake.',
    'Offer a=setup:actpass, or answer with a=setup:active.',
  ),
  'srtp.auth_failed': entry('transport', 'Media packets did not authenticate.', 'Start the call again.'),

  // TURN (RFC 8656), as server and as client
  'turn.auth_failed': entry(
    'network',
    'The relay does not accept these credentials.',
    'Get fresh ones; if it stays, check that relay and gateway share the secret.',
  ),
  'turn.credentials_expired': entry(
    'network',
    'The relay credentials have expired.',
    'Fresh ones come by themselves; check the clocks of relay and gateway if it stays.',
  ),
  'turn.credentials_foreign': entry(
    'network',
    'The relay credentials were not made by this installation.',
    'Use the servers and credentials of the session.',
  ),
  'turn.bad_request': entry('network', 'The relay did not understand a request.', 'Check the TURN client.'),
  'turn.peer_forbidden': entry(
    'network',
    'The relay may not send to that address.',
    'It leads to this gateway alone; allow others in turn.allowPeers.',
  ),
  'turn.quota_reached': entry(
    'network',
    'This user has as many allocations as allowed.',
    'Close one, or raise turn.quota.',
  ),
  'turn.relay_full': entry(
    'network',
    'The relay has no room for another allocation.',
    'Try again later, or add a relay.',
  ),
  'turn.unreachable': entry(
    'network',
    'The relay cannot be reached.',
    'Check address, port and firewall of the relay.',
  ),
  'turn.silent': entry(
    'network',
    'The relay does not answer.',
    'Check that its port is open for this transport and that the server runs.',
  ),
  'turn.not_relaying': entry(
    'network',
    'The relay makes allocations, but what is sent through it does not arrive.',
    'Check the relay ports and which peers it allows.',
  ),

  // Media
  'media.codec_mismatch': entry(
    'far-end',
    'The two ends have no audio codec in common.',
    'Allow PCMU, PCMA or Opus at the far end, or choose another codec policy.',
  ),
  'media.bad_sdp': entry(
    'signaling',
    'The session description could not be read.',
    'Look at the line and the reason in the details.',
  ),
  'media.no_audio': entry('signaling', 'The session description offers no audio.', 'Offer one audio section.'),
  'media.one_way_uplink': entry(
    'audio',
    'The far end does not receive what the caller says.',
    'Check the path from the gateway to the far end.',
  ),
  'media.one_way_downlink': entry(
    'audio',
    'The caller does not receive what the far end says.',
    'Check the path from the far end to the gateway.',
  ),
  'media.far_end_leg_dead': entry(
    'far-end',
    'The call was answered, but no audio comes from the far end.',
    'Check firewall and NAT between gateway and far end.',
  ),
  'media.ports_exhausted': entry('configuration', 'No media port is free.', 'Widen sip.mediaPorts.'),
  'media.worker_failed': entry(
    'configuration',
    'The media worker stopped.',
    'The call has ended; calls that start now use a new worker.',
  ),
  'server.bad_advertised_address': entry(
    'configuration',
    'Browsers are told an address that they cannot reach.',
    'Set media.advertisedAddresses to the address this machine has on the outside.',
  ),
  'http.not_found': entry('configuration', 'There is nothing at that address.', 'Check the path.'),
  'http.rate_limited': entry('signaling', 'Too many requests from this address.', 'Wait a moment.'),
  // What the diagnosis of a call names besides
  'signaling.slow': entry(
    'signaling',
    'Messages between the page and the calling service took very long.',
    'Check the connection; if others have it too, look at the load of the server.',
  ),
  'sip.pbx_timeout': entry(
    'far-end',
    'The phone network ended the call by a timer of its own.',
    'Look at the Reason header, and at the session timers of the PBX or trunk.',
  ),
  'sip.slow_setup': entry(
    'far-end',
    'The phone network took long to ring.',
    'Look at the time between INVITE and ringing; ask the trunk if it stays.',
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
  'playout.not_rendered': entry(
    'audio',
    'Audio arrives, and nothing plays it.',
    'Reload the page; if it stays, check that the page plays the audio of the call.',
  ),
  'playout.sink_failed': entry(
    'device',
    'The chosen speaker or headset cannot be used.',
    'Choose another one, or plug it in again.',
  ),
  'playout.tab_frozen': entry(
    'device',
    'The browser put the page to sleep.',
    'Keep the tab open and visible during calls, or exclude it from energy saving.',
  ),
  'ice.path_lost': entry(
    'transport',
    'The way between browser and gateway was lost.',
    'It reconnects by itself; if it stays, check the network of this side.',
  ),
  'ice.path_switched': entry('network', 'The call moved to another network.', 'Nothing to do; a short gap is normal.'),
  'media.far_end_silent': entry(
    'far-end',
    'The phone side sends packets that hold nothing but silence.',
    'Ask whether the phone is muted; if not, look at the phone or PBX.',
  ),
  'media.payload_mismatch': entry(
    'far-end',
    'Packets arrive that nobody agreed on or that cannot be decoded.',
    'Look at the codecs that were agreed on, and at what the phone or PBX really sends.',
  ),
  'media.on_hold': entry('far-end', 'The other side put the call on hold.', 'Wait until it is taken up again.'),
  'dtmf.not_negotiated': entry(
    'far-end',
    'Keys cannot be sent: the other side did not agree to telephone-events.',
    'Enable RFC 4733 (telephone-event) at the phone, PBX or trunk.',
  ),
  'network.loss': entry(
    'network',
    'So many packets are lost that it can be heard.',
    'Move nearer to the access point, or use a cable; other traffic may fill the line.',
  ),
  'network.loss_burst': entry(
    'network',
    'Packets are lost in runs: words go missing.',
    'Wi-Fi that roams or is disturbed does this; try a cable or another channel.',
  ),
  'network.jitter': entry(
    'network',
    'Packets arrive so unevenly that some come too late.',
    'Other traffic may fill the line or the Wi-Fi; try a cable.',
  ),
  'network.delay': entry(
    'network',
    'Packets take so long that people talk over each other.',
    'A VPN or a distant relay does this; try without, or use a nearer relay.',
  ),
  'network.congestion': entry(
    'network',
    'The line is full: packets queue up, then are lost.',
    'Stop uploads and downloads, or prefer voice in the router.',
  ),
  'network.far_end_loss': entry(
    'far-end',
    'Packets are lost between the gateway and the phone network.',
    'Look at the network towards the PBX or trunk.',
  ),
  'client.cpu': entry(
    'device',
    'The computer is too busy to keep up with the sound.',
    'Close other programs and tabs; energy saving may slow the machine down.',
  ),
  'client.clock_skew': entry(
    'device',
    'The clock of this computer is off; times were corrected.',
    'Nothing to do for the call; set the clock.',
  ),
  'server.interrupted': entry(
    'configuration',
    'The calling service stopped in the middle of the call.',
    'Call again; the operator finds in the log why it stopped.',
  ),
  'internal.bug': entry('configuration', 'Something went wrong inside Earshot.', 'Please report it with the call id.'),
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
