import type { Dictionary } from './dictionary.js';

const AGAIN = 'Rufen Sie noch einmal an.';
const AGAIN_OR_SERVICE = 'Rufen Sie noch einmal an; bleibt es so, sagen Sie dem Betreiber dieses Dienstes Bescheid.';
const AGAIN_OR_PHONES = 'Rufen Sie noch einmal an; bleibt es so, sagen Sie dem Betreiber der Telefonanlage Bescheid.';
const AGAIN_OR_NETWORK = 'Rufen Sie noch einmal an; bleibt es so, versuchen Sie ein anderes Netz.';
const OTHER_NETWORK = 'Versuchen Sie ein anderes Netz, etwa das eines Mobiltelefons.';
const LATER = 'Versuchen Sie es später noch einmal.';
const TELL_SERVICE = 'Sagen Sie dem Betreiber dieses Dienstes Bescheid.';
const UPDATE = 'Aktualisieren Sie den Browser, und rufen Sie noch einmal an.';
const SIGN_IN = 'Melden Sie sich neu an, oder laden Sie die Seite neu.';
const NOTHING = 'Es ist nichts zu tun.';

const say = (what: string, next: string): { readonly what: string; readonly next: string } => ({ what, next });

export const germanErrors: Dictionary['errors'] = {
  'signaling.ws_unreachable': say(
    'Der Anrufdienst ist nicht zu erreichen.',
    'Prüfen Sie die Verbindung, und versuchen Sie es noch einmal; vielleicht steht der Dienst still.',
  ),
  'signaling.ws_dropped': say(
    'Die Verbindung zum Anrufdienst ging verloren.',
    'Sie kommt von selbst wieder; warten Sie einen Moment.',
  ),
  'signaling.client_gone': say(
    'Die Seite ging weg, ohne aufzulegen.',
    'Rufen Sie von einer offenen Seite noch einmal an.',
  ),
  'signaling.bad_message': say(
    'Die Seite und der Anrufdienst verstehen einander nicht.',
    'Laden Sie die Seite neu; bleibt es so, sagen Sie dem Betreiber dieses Dienstes Bescheid.',
  ),
  'signaling.message_too_large': say('Eine Nachricht war größer als erlaubt.', 'Senden Sie weniger auf einmal.'),
  'signaling.too_many_messages': say(
    'Zu viele Nachrichten kamen auf einmal.',
    'Warten Sie kurz, und verbinden Sie sich neu.',
  ),
  'signaling.resume_expired': say('Die Verbindung war zu lange weg, als dass der Anruf weitergehen könnte.', AGAIN),
  'signaling.foreign_origin': say(
    'Diese Website darf diesen Anrufdienst nicht benutzen.',
    'Sagen Sie dem Betreiber der Website Bescheid.',
  ),
  'signaling.replaced': say('Diese Sitzung ging in einem anderen Tab oder Fenster weiter.', 'Machen Sie dort weiter.'),
  'signaling.server_stopping': say('Der Anrufdienst wird gerade angehalten.', 'Versuchen Sie es in einer Minute.'),
  'signaling.timeout': say(
    'Der Anrufdienst hat nicht rechtzeitig geantwortet.',
    'Prüfen Sie die Verbindung, und versuchen Sie es noch einmal.',
  ),
  'auth.token_missing': say('Diese Seite hat keine Erlaubnis anzurufen.', SIGN_IN),
  'auth.token_expired': say('Die Erlaubnis anzurufen ist abgelaufen.', SIGN_IN),
  'auth.token_invalid': say(
    'Die Erlaubnis anzurufen gilt hier nicht.',
    'Melden Sie sich neu an; bleibt es so, sagen Sie dem Betreiber dieses Dienstes Bescheid.',
  ),
  'auth.destination_not_allowed': say(
    'Diese Seite darf dieses Ziel nicht anrufen.',
    'Rufen Sie ein anderes an, oder fragen Sie den Betreiber dieses Dienstes.',
  ),
  'call.invalid_destination': say(
    'Das ist weder ein Name noch eine Nummer noch eine SIP-Adresse.',
    'Erlaubt sind Buchstaben, Ziffern, „+“, „.“, „-“ und „_“, oder eine Adresse mit sip:.',
  ),
  'call.unknown_destination': say(
    'Dieses Ziel ist hier nicht bekannt.',
    'Prüfen Sie, wen Sie anrufen; stimmt es, sagen Sie dem Betreiber dieses Dienstes Bescheid.',
  ),
  'call.unknown': say('Diesen Anruf gibt es nicht.', 'Vielleicht ist er zu Ende; beginnen Sie einen neuen.'),
  'call.wrong_state': say('Das geht bei diesem Anruf gerade nicht.', 'Warten Sie kurz, oder rufen Sie noch einmal an.'),
  'call.limit_reached': say('Zu viele Anrufe auf einmal.', 'Beenden Sie einen, oder versuchen Sie es später.'),
  'call.not_answered': say('Niemand hat abgenommen.', LATER),
  'call.moved_to_phone': say('Der Anruf geht am Telefon weiter.', 'Sprechen Sie dort weiter.'),
  'call.callback_not_allowed': say(
    'Dieser Dienst darf diese Nummer nicht zurückrufen.',
    'Versuchen Sie eine andere Nummer, oder rufen Sie noch einmal an.',
  ),
  'call.callback_failed': say(
    'Ihr Telefon war nicht zu erreichen.',
    'Versuchen Sie es noch einmal, oder rufen Sie später an.',
  ),
  'call.answered_elsewhere': say('Der Anruf wurde anderswo angenommen.', NOTHING),
  'sip.auth_rejected': say('Die Telefonseite lässt den Anruf dieses Dienstes nicht zu.', TELL_SERVICE),
  'sip.not_found': say('Die Telefonseite kennt diese Nummer nicht.', 'Prüfen Sie die Nummer.'),
  'sip.unavailable': say('Die angerufene Person ist gerade nicht erreichbar.', LATER),
  'sip.busy': say('Es ist besetzt.', LATER),
  'sip.declined': say('Der Anruf wurde abgelehnt.', 'Versuchen Sie es später oder auf anderem Weg.'),
  'sip.service_unavailable': say(
    'Die Telefonseite kann gerade keine Anrufe annehmen.',
    'Versuchen Sie es in einer Minute; bleibt es so, sagen Sie dem Betreiber der Telefonanlage Bescheid.',
  ),
  'sip.no_response': say('Die Telefonseite hat gar nicht geantwortet.', AGAIN_OR_PHONES),
  'sip.transport_failed': say('Die Telefonseite war nicht zu erreichen.', AGAIN_OR_PHONES),
  'sip.request_rejected': say(
    'Die Telefonseite hat den Anruf nicht zugelassen.',
    'Prüfen Sie die Nummer; stimmt sie, sagen Sie dem Betreiber der Telefonanlage Bescheid.',
  ),
  'sip.ack_lost': say('Beide Seiten waren sich nicht einig, dass abgenommen wurde.', AGAIN_OR_PHONES),
  'sip.cancelled_by_caller': say('Der Anrufer legte auf, bevor jemand abnahm.', NOTHING),
  'sip.bad_message': say('Das ist keine gültige SIP-Nachricht.', 'Stelle und Grund stehen in den Einzelheiten.'),
  'mic.insecure_context': say(
    'Diese Seite ist nicht gesichert; darum gibt der Browser kein Mikrofon her.',
    'Öffnen Sie die Seite unter einer Adresse, die mit https beginnt.',
  ),
  'mic.blocked_by_iframe_policy': say(
    'Die Seite, die diese hier einbettet, gibt das Mikrofon nicht weiter.',
    'Öffnen Sie diese Seite in einem eigenen Tab, oder sagen Sie dem Betreiber der Website Bescheid.',
  ),
  'mic.denied_by_user': say(
    'Das Mikrofon wurde nicht erlaubt.',
    'Erlauben Sie das Mikrofon in der Adressleiste, und rufen Sie noch einmal an.',
  ),
  'mic.prompt_dismissed': say(
    'Die Frage nach dem Mikrofon wurde geschlossen.',
    'Rufen Sie noch einmal an, und wählen Sie „Zulassen“.',
  ),
  'mic.denied_by_system': say(
    'Das Betriebssystem lässt diesen Browser das Mikrofon nicht benutzen.',
    'Erlauben Sie es in den Einstellungen des Systems unter Datenschutz, und rufen Sie noch einmal an.',
  ),
  'mic.not_found': say('Es wurde kein Mikrofon gefunden.', 'Schließen Sie eines an, und rufen Sie noch einmal an.'),
  'mic.device_busy': say(
    'Das Mikrofon ließ sich nicht starten; vielleicht hält es ein anderes Programm.',
    'Schließen Sie das andere Programm, und rufen Sie noch einmal an.',
  ),
  'mic.device_failed': say(
    'Das Mikrofon hat versagt.',
    'Ziehen Sie es ab und stecken Sie es wieder an, oder wählen Sie ein anderes.',
  ),
  'mic.stale_device': say(
    'Das früher gewählte Mikrofon ist nicht mehr da.',
    'Wählen Sie ein anderes, und rufen Sie noch einmal an.',
  ),
  'mic.in_app_browser': say(
    'Der Browser in dieser App gibt kein Mikrofon her.',
    'Öffnen Sie die Seite im Browser des Geräts.',
  ),
  'mic.track_ended': say('Das Mikrofon ging während des Anrufs aus.', 'Sehen Sie nach, ob es noch angeschlossen ist.'),
  'client.webrtc_missing': say(
    'Dieser Browser kann nicht telefonieren.',
    'Nehmen Sie einen aktuellen Browser; manche Erweiterungen schalten Anrufe ab.',
  ),
  'playout.autoplay_blocked': say(
    'Der Browser wartet auf einen Druck, bevor er Ton abspielt.',
    'Drücken Sie „Anruf hören“.',
  ),
  'ice.no_candidates': say(
    'Der Browser fand kein Netz, aus dem er anrufen könnte.',
    'Sehen Sie nach, ob Sie online sind; schalten Sie ein VPN ab, falls es eines gibt.',
  ),
  'ice.udp_blocked': say('Das Netz lässt kein UDP zum Anrufdienst durch.', OTHER_NETWORK),
  'ice.credential_mismatch': say(
    'Was der Browser sendet, passt nicht zu diesem Anruf.',
    'Laden Sie die Seite neu, und rufen Sie noch einmal an.',
  ),
  'ice.consent_lost': say(
    'Der Browser sendete weiter, aber sein Ton kam nicht mehr an.',
    'Der Anruf versucht von selbst einen anderen Weg; gelingt das nicht, rufen Sie noch einmal an.',
  ),
  'ice.nat_needs_relay': say(
    'Das Netz lässt keinen direkten Weg zu, und kein Vermittler war zu benutzen.',
    OTHER_NETWORK,
  ),
  'ice.relay_tcp': say(
    'Der Ton nimmt einen langsameren Weg, weil das Netz UDP sperrt.',
    'Es geht so; ein anderes Netz klingt vielleicht besser.',
  ),
  'ice.failed': say('Es fand sich kein Weg für den Ton.', OTHER_NETWORK),
  'dtls.fingerprint_mismatch': say(
    'Der Anruf ließ sich nicht sichern: Die Gegenstelle ist nicht, wer sie sein soll.',
    AGAIN_OR_NETWORK,
  ),
  'dtls.certificate_missing': say('Der Anruf ließ sich nicht sichern: Der Browser wies sich nicht aus.', UPDATE),
  'dtls.bad_certificate_verify': say(
    'Der Anruf ließ sich nicht sichern: Der Nachweis, wer da ist, stimmt nicht.',
    AGAIN_OR_NETWORK,
  ),
  'dtls.bad_finished': say('Der Anruf ließ sich nicht sichern: Etwas wurde unterwegs verändert.', AGAIN_OR_NETWORK),
  'dtls.no_common_parameters': say(
    'Der Anruf ließ sich nicht sichern: Der Browser kennt kein Verfahren, das wir kennen.',
    UPDATE,
  ),
  'dtls.decode_error': say('Der Anruf ließ sich nicht sichern: Eine Nachricht war nicht zu lesen.', UPDATE),
  'dtls.unexpected_message': say('Der Anruf ließ sich nicht sichern: Eine Nachricht kam außer der Reihe.', UPDATE),
  'dtls.extended_master_secret_missing': say('Der Anruf ließ sich nicht sichern: Der Browser ist zu alt.', UPDATE),
  'dtls.peer_alert': say('Der Anruf ließ sich nicht sichern: Der Browser brach ab.', UPDATE),
  'dtls.timeout': say('Der Anruf ließ sich nicht rechtzeitig sichern.', OTHER_NETWORK),
  'dtls.blackholed': say('Das Netz lässt einen Weg finden und verschluckt, was ihn sichern würde.', OTHER_NETWORK),
  'dtls.mtu_drop': say(
    'Das Netz lässt kleine Pakete durch und große nicht.',
    'Schalten Sie das VPN ab, oder versuchen Sie ein anderes Netz.',
  ),
  'dtls.role_conflict': say(
    'Der Anruf ließ sich nicht sichern: Beide Enden warten, dass das andere beginnt.',
    AGAIN_OR_SERVICE,
  ),
  'srtp.auth_failed': say('Der Ton wurde unterwegs verändert; ihm ist nicht zu trauen.', AGAIN_OR_NETWORK),
  'turn.auth_failed': say('Der Vermittler weist den Browser ab.', AGAIN_OR_SERVICE),
  'turn.credentials_expired': say(
    'Die Erlaubnis für den Vermittler ist abgelaufen.',
    'Laden Sie die Seite neu, und rufen Sie noch einmal an.',
  ),
  'turn.credentials_foreign': say('Der Vermittler kennt die Erlaubnis nicht, die der Browser zeigt.', AGAIN_OR_SERVICE),
  'turn.bad_request': say('Der Vermittler verstand eine Anfrage nicht.', AGAIN_OR_SERVICE),
  'turn.peer_forbidden': say('Der Vermittler darf nicht zum Anrufdienst senden.', AGAIN_OR_SERVICE),
  'turn.quota_reached': say(
    'Der Vermittler trägt schon so viele Anrufe dieser Person wie erlaubt.',
    'Beenden Sie einen anderen Anruf, und versuchen Sie es noch einmal.',
  ),
  'turn.relay_full': say('Der Vermittler ist voll.', LATER),
  'turn.unreachable': say('Der Vermittler ist nicht zu erreichen.', OTHER_NETWORK),
  'turn.silent': say('Der Vermittler antwortet nicht.', OTHER_NETWORK),
  'turn.not_relaying': say('Der Vermittler ist zu erreichen, aber was man ihm gibt, kommt nicht an.', AGAIN_OR_SERVICE),
  'media.codec_mismatch': say('Die beiden Seiten haben keine Art von Ton gemeinsam.', AGAIN_OR_SERVICE),
  'media.bad_sdp': say('Was die beiden Seiten einander über den Anruf sagten, war unbrauchbar.', AGAIN_OR_SERVICE),
  'media.no_audio': say('Der Anruf bietet keinen Ton an.', AGAIN_OR_SERVICE),
  'media.one_way_uplink': say('Die andere Seite hört den Anrufer nicht.', AGAIN_OR_NETWORK),
  'media.one_way_downlink': say('Der Anrufer hört die andere Seite nicht.', AGAIN_OR_NETWORK),
  'media.far_end_leg_dead': say(
    'Der Anruf wurde angenommen, aber von der Telefonseite kommt kein Ton.',
    'Legen Sie auf und rufen Sie noch einmal an; bleibt es so, sagen Sie dem Betreiber der Telefonanlage Bescheid.',
  ),
  'media.ports_exhausted': say('Der Anrufdienst hat keinen Platz für einen weiteren Anruf.', LATER),
  'media.worker_failed': say('Der Anrufdienst hat den Anruf verloren.', AGAIN),
  'server.bad_advertised_address': say('Der Anrufdienst nennt eine Adresse, die nicht zu erreichen ist.', TELL_SERVICE),
  'http.not_found': say('Unter dieser Adresse gibt es nichts.', 'Prüfen Sie die Adresse.'),
  'http.rate_limited': say('Zu viele Anfragen von dieser Adresse.', 'Warten Sie einen Moment.'),
  'signaling.slow': say(
    'Nachrichten zwischen der Seite und dem Anrufdienst brauchten sehr lange.',
    'Versuchen Sie es noch einmal; bleibt es so, versuchen Sie ein anderes Netz.',
  ),
  'sip.pbx_timeout': say('Die Telefonseite beendete den Anruf nach einer Weile von selbst.', AGAIN_OR_PHONES),
  'sip.slow_setup': say(
    'Die Telefonseite brauchte lange, bis es klingelte.',
    'Es ist nichts zu tun; ist es oft so, sagen Sie dem Betreiber der Telefonanlage Bescheid.',
  ),
  'mic.prompt_ignored': say(
    'Die Frage nach dem Mikrofon wurde nicht beantwortet.',
    'Suchen Sie die Frage bei der Adressleiste, und erlauben Sie das Mikrofon.',
  ),
  'mic.blocked_earlier': say(
    'Das Mikrofon wurde für diese Seite früher gesperrt.',
    'Erlauben Sie es in den Einstellungen der Seite neben der Adressleiste, und laden Sie die Seite neu.',
  ),
  'mic.denied_by_policy': say(
    'Eine Regel der Organisation verbietet das Mikrofon.',
    'Bitten Sie, wer diesen Browser verwaltet, das Mikrofon für diese Seite zu erlauben.',
  ),
  'mic.muted_in_app': say(
    'Das Mikrofon ist auf der Seite stumm.',
    'Heben Sie die Stummschaltung auf, um gehört zu werden.',
  ),
  'mic.silent': say(
    'Das Mikrofon ist offen und nimmt gar nichts auf.',
    'Sehen Sie nach, ob es am Schalter oder im System stumm ist, oder wählen Sie ein anderes.',
  ),
  'mic.no_track': say('Am Anruf hängt kein Mikrofon.', 'Wählen Sie ein Mikrofon, oder rufen Sie noch einmal an.'),
  'mic.interrupted': say(
    'Das System hat das Mikrofon weggenommen, etwa für ein Telefongespräch.',
    'Beenden Sie, was es benutzt; dann kommt es von selbst wieder. Sonst rufen Sie noch einmal an.',
  ),
  'mic.low_level': say(
    'Das Mikrofon nimmt Sprache viel zu leise auf.',
    'Sprechen Sie näher daran, oder stellen Sie es im System lauter.',
  ),
  'mic.clipping': say(
    'Das Mikrofon ist so laut, dass Sprache verzerrt klingt.',
    'Stellen Sie es im System leiser, oder sprechen Sie weiter weg.',
  ),
  'playout.not_rendered': say(
    'Ton kommt an, und nichts spielt ihn ab.',
    'Laden Sie die Seite neu, und rufen Sie noch einmal an.',
  ),
  'playout.sink_failed': say(
    'Der gewählte Lautsprecher oder Kopfhörer ist nicht zu benutzen.',
    'Wählen Sie einen anderen, oder stecken Sie ihn neu an.',
  ),
  'playout.tab_frozen': say(
    'Der Browser hat die Seite schlafen gelegt.',
    'Lassen Sie die Seite während eines Anrufs offen und sichtbar.',
  ),
  'ice.path_lost': say(
    'Die Verbindung für den Ton ging verloren.',
    'Sie kommt von selbst wieder; wenn nicht, sehen Sie nach, ob Sie online sind.',
  ),
  'ice.path_switched': say(
    'Der Anruf wechselte in ein anderes Netz.',
    'Es ist nichts zu tun; eine kurze Lücke ist normal.',
  ),
  'media.far_end_silent': say(
    'Die Telefonseite sendet nichts als Stille.',
    'Fragen Sie, ob das Telefon stumm ist; wenn nicht, rufen Sie noch einmal an.',
  ),
  'media.payload_mismatch': say('Es kommt Ton an, der sich nicht abspielen lässt.', AGAIN_OR_SERVICE),
  'media.on_hold': say('Die andere Seite hält den Anruf.', 'Warten Sie, bis sie zurückkommt.'),
  'dtmf.not_negotiated': say(
    'Die Telefonseite versteht die in diesem Anruf gedrückten Tasten nicht.',
    'Bitten Sie um einen Menschen, oder sagen Sie dem Betreiber der Telefonanlage Bescheid.',
  ),
  'network.loss': say(
    'Unterwegs geht so viel Ton verloren, dass man es hört.',
    'Gehen Sie näher ans WLAN, oder nehmen Sie ein Kabel; halten Sie Downloads an.',
  ),
  'network.loss_burst': say(
    'Unterwegs gehen ganze Wörter verloren.',
    'Gehen Sie näher ans WLAN, oder nehmen Sie ein Kabel.',
  ),
  'network.jitter': say(
    'Der Ton kommt so ungleichmäßig an, dass manches zu spät ist.',
    'Gehen Sie näher ans WLAN, oder nehmen Sie ein Kabel; halten Sie Downloads an.',
  ),
  'network.delay': say(
    'Der Ton braucht so lange, dass man einander ins Wort fällt.',
    'Schalten Sie ein VPN ab, falls es eines gibt, oder versuchen Sie ein anderes Netz.',
  ),
  'network.congestion': say(
    'Die Leitung ist voll; darum kommt Ton spät und geht dann verloren.',
    'Halten Sie Uploads und Downloads an.',
  ),
  'network.far_end_loss': say('Zwischen diesem Dienst und der Telefonseite geht Ton verloren.', AGAIN_OR_PHONES),
  'client.cpu': say(
    'Der Computer ist zu beschäftigt, um mit dem Ton mitzukommen.',
    'Schließen Sie andere Programme und Tabs, und stecken Sie das Netzteil an.',
  ),
  'client.clock_skew': say(
    'Die Uhr dieses Computers geht falsch; Zeiten wurden berichtigt.',
    'Für den Anruf ist nichts zu tun; stellen Sie die Uhr.',
  ),
  'server.interrupted': say('Der Anrufdienst blieb mitten im Anruf stehen.', AGAIN),
  'internal.bug': say('Im Anrufdienst ging etwas schief.', AGAIN_OR_SERVICE),
};
