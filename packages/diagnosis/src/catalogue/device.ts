import { BOTH, BROWSER, type CataloguePart, EITHER, GATEWAY, row } from './entry.js';

const refused = (evidence: string, operator: string) => row('fault', BROWSER, 0, evidence, operator);

/** Microphone, playout, page and computer. */
export const DEVICE: CataloguePart = {
  'mic.insecure_context': refused('isSecureContext is false', 'Serve the page over https.'),
  'mic.blocked_by_iframe_policy': refused(
    'the policy of the frame does not allow the microphone',
    'Add allow="microphone" to the iframe.',
  ),
  'mic.in_app_browser': refused(
    'a browser inside an app that offers no microphone',
    'Offer a link that opens in the browser of the device.',
  ),
  'mic.prompt_ignored': row(
    ['fault', 'hint'],
    BROWSER,
    0,
    'the question stays open; a hint until the call ends that way',
    'Point at the question on the page, and ask only after a click.',
  ),
  'mic.prompt_dismissed': refused(
    'NotAllowedError whose message says dismissed',
    'Say on the page why the microphone is needed, before asking.',
  ),
  'mic.denied_by_user': refused(
    'NotAllowedError after a prompt',
    'Say on the page why the microphone is needed, before asking.',
  ),
  'mic.blocked_earlier': refused(
    'NotAllowedError with the permission denied beforehand: no prompt was shown',
    'Show how to allow the microphone in the settings of the site.',
  ),
  'mic.denied_by_system': refused(
    '"by system" (Chromium), NotFoundError with microphones listed (Firefox on macOS)',
    'Show where the system allows browsers to use the microphone.',
  ),
  'mic.denied_by_policy': refused(
    'a managed browser that denies without asking',
    'Ask whoever manages these browsers for AudioCaptureAllowedUrls.',
  ),
  'mic.not_found': refused('NotFoundError, none listed', 'Nothing to repair on the server.'),
  'mic.device_busy': refused('NotReadableError', 'Nothing to repair on the server; another program holds the device.'),
  'mic.device_failed': refused('any other failure of the device', 'Look at the name of the exception in the evidence.'),
  'mic.stale_device': refused(
    'OverconstrainedError for a remembered id',
    'The page should fall back to the default device.',
  ),
  'mic.muted_in_app': row(
    'hint',
    BROWSER,
    0,
    'the track is disabled: energy exactly 0, packets go on',
    'Nothing to repair.',
  ),
  'mic.silent': row(
    ['fault', 'hint'],
    BROWSER,
    2_000,
    'track live, energy about 1e-9 (below 2e-8 a second) since the answer; never compared with 0. A hint where it was heard before',
    'Nothing to repair on the server; ask for another device.',
  ),
  'mic.track_ended': row(
    'fault',
    BROWSER,
    500,
    'the track ended, or source duration and packets stand still',
    'Nothing to repair on the server; the device was unplugged or failed.',
  ),
  'mic.no_track': row(
    'fault',
    BROWSER,
    500,
    'a sender without a media-source',
    'The page took the track away and gave no other.',
  ),
  'mic.interrupted': row(
    'fault',
    BROWSER,
    500,
    'the track was muted or ended by the system, or stands still on a phone',
    'Nothing to repair on the server.',
  ),
  'mic.low_level': row('degraded', BROWSER, 0, 'speech that never exceeds -40 dBFS', 'Keep automatic gain control on.'),
  'mic.clipping': row(
    'degraded',
    BROWSER,
    0,
    'the level stays at full scale, 3 of 5 s',
    'Keep automatic gain control on.',
  ),
  'playout.not_rendered': row(
    'fault',
    BROWSER,
    2_000,
    'packets flow; energy and samples of the received audio do not move at all, and nothing is concealed. Silence of the phone side is played, and counts samples',
    'Check that the page attaches the remote stream to an element and keeps it.',
  ),
  'playout.autoplay_blocked': row(
    'fault',
    BROWSER,
    0,
    'play() was rejected; figures stay normal',
    'Start calls from a click, and show "Hear the call".',
  ),
  'playout.sink_failed': row(
    'degraded',
    BROWSER,
    0,
    'setSinkId() was rejected; figures stay normal',
    'Let the page fall back to the default speaker.',
  ),
  'playout.tab_frozen': row(
    'degraded',
    [['browser', 'gateway'], ['browser']],
    0,
    'the freeze event, a gap of 5 s in the page, or 7 s without a word while the browser answers pings and sends',
    'Hold a Web Lock during calls, so that the browser keeps the page awake.',
  ),
  'client.cpu': row(
    'degraded',
    [['browser', 'gateway'], ['browser']],
    1_000,
    'timers of a visible page come 250 ms late, or the microphone gives less sound than time goes by, 3 of 5 s; and sound is uneven though nothing is lost',
    'Look at what the page does in its main thread.',
  ),
  'client.clock_skew': row(
    'hint',
    BOTH,
    0,
    "the browser's clock and ours differ by more than 2 s",
    'Nothing to repair; times were corrected.',
  ),
  'client.webrtc_missing': row(
    'fault',
    EITHER,
    0,
    'the browser has no RTCPeerConnection',
    'Offer another way to call.',
  ),
  'media.worker_failed': row(
    'fault',
    GATEWAY,
    0,
    'the media worker of this call stopped',
    'Look at the log of the server at this time.',
  ),
  'server.interrupted': row(
    'fault',
    GATEWAY,
    0,
    'found at the next start: the call had no end',
    'Look at the log of the server for why it stopped.',
  ),
};
