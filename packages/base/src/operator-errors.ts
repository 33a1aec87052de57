import { type ErrorEntry, entry } from './error-entry.js';

/** What only whoever runs the server meets: configuration, store, files. No browser need carry these sentences. */
export const OPERATOR_ERRORS = {
  // Running the server
  'config.unreadable': entry(
    'configuration',
    'The configuration file could not be read.',
    'Check path and permissions.',
  ),
  'config.bad_yaml': entry(
    'configuration',
    'The configuration file is not valid YAML.',
    'Look at the line in the details.',
  ),
  'config.invalid': entry(
    'configuration',
    'The configuration has mistakes.',
    'Each one is listed with its path and what is allowed.',
  ),
  'server.port_in_use': entry(
    'configuration',
    'A port is already in use.',
    'Stop the other program or choose another port.',
  ),
  'server.address_unavailable': entry(
    'configuration',
    'An address to listen on is not on this machine.',
    'Choose one of the addresses of this machine.',
  ),
  'server.data_folder': entry(
    'configuration',
    'The data folder cannot be used.',
    'Let this user read and write dataDir, or choose another folder.',
  ),
  'server.certificate_unreadable': entry(
    'configuration',
    'The TLS certificate or its key cannot be used.',
    'Check the files named in http.tls; the earlier certificate stays in use until they are right.',
  ),
  'server.certificate_expired': entry(
    'configuration',
    'The TLS certificate is not valid now.',
    'Renew the certificate.',
  ),
  'server.certificate_expiring': entry(
    'configuration',
    'The TLS certificate expires soon.',
    'Renew the certificate; it is taken up without a restart.',
  ),
  'server.certificate_name': entry(
    'configuration',
    'The TLS certificate is for another name.',
    'Get a certificate for the name that pages and relays are reached by.',
  ),
  'server.certificate_untrusted': entry(
    'configuration',
    'The TLS certificate is not signed by anybody browsers trust.',
    'Put the whole chain into the certificate file, or use a public authority.',
  ),
  'server.port_unreachable': entry(
    'network',
    'A port of this installation cannot be reached.',
    'Check that the server runs and that the firewall lets the port through.',
  ),
  'server.not_running': entry('configuration', 'The server does not run here.', 'Start it and try again.'),
  'server.clock_off': entry(
    'configuration',
    'The clock of this machine is wrong.',
    'Turn on time synchronization; credentials and certificates depend on it.',
  ),
  'server.time_unavailable': entry(
    'configuration',
    'The time server gives no time.',
    'Check its name and that UDP 123 leads there, or name another with --ntp.',
  ),
  'server.port_denied': entry(
    'configuration',
    'This user may not listen on that port.',
    'Give the process CAP_NET_BIND_SERVICE, or choose a port of 1024 or above and have it forwarded.',
  ),
  'server.ports_few': entry(
    'configuration',
    'A port range is smaller than what may be needed at once.',
    'Widen the range, or lower the limit that it is to serve.',
  ),
  'server.certificate_differs': entry(
    'configuration',
    'Another TLS certificate is presented than the configured one.',
    'A new file is taken up within seconds; if it stays, look for certificate faults in the log, or for a proxy in front.',
  ),
  'server.name_unknown': entry(
    'configuration',
    'A name that browsers are given leads nowhere.',
    'Add it to the DNS, or correct it in the configuration.',
  ),
  'server.name_elsewhere': entry(
    'configuration',
    'A name that browsers are given leads to another address.',
    'Correct the DNS record, or advertise the address that it leads to.',
  ),
  'server.not_built': entry('configuration', 'The page is not built.', 'Run npm start, or npm run build first.'),
  'probe.browser_missing': entry(
    'configuration',
    'No Chromium was found for the probe.',
    'Install chromium, or set EARSHOT_CHROMIUM to its path.',
  ),
  'probe.browser_failed': entry(
    'configuration',
    'Chromium could not be run for the probe.',
    'Look at the reason in the details; start that Chromium by hand to see more.',
  ),
  'probe.not_heard': entry(
    'audio',
    'The probe call was not heard in both directions.',
    'Look at heard.up and heard.down, and at the call in the log.',
  ),
  'store.unwritable': entry(
    'configuration',
    'Records of calls cannot be written to disk.',
    'Make room on the disk of dataDir, or make it writable; records are kept in memory meanwhile.',
  ),
  'store.unreachable': entry(
    'configuration',
    'The database does not answer.',
    'Check DATABASE_URL and the database; records are kept on disk meanwhile.',
  ),
  'store.incompatible': entry(
    'configuration',
    'The database belongs to a newer version of Earshot.',
    'Run the newer version, or use another database.',
  ),
  'store.shed': entry(
    'configuration',
    'More evidence came than could be stored: samples were thrown away, then events.',
    'Look at the load of the disk or database; call records are never thrown away.',
  ),
  'dump.unreadable': entry('configuration', 'The file cannot be read.', 'Check the path and the permissions.'),
  'dump.unknown_format': entry(
    'configuration',
    'The file is none that can be diagnosed.',
    'Give an export of Earshot, a dump of chrome://webrtc-internals or rtcstats, or a capture (pcap, pcapng).',
  ),
  'dump.truncated': entry('configuration', 'The file ends too early.', 'Get it anew; what could be read was used.'),
  'dump.no_call': entry('configuration', 'There is no call in the file.', 'Record it while the call is running.'),
  'outward.unreachable': entry(
    'configuration',
    'A receiver of events does not answer.',
    'Check its address in the configuration; calls are not affected.',
  ),

  // Relays and HTTP, as the server alone sees them
  'turn.secret_unreadable': entry(
    'configuration',
    'The relay secrets in the data folder cannot be read.',
    'Look at the reason in the details; delete the file to have new ones made.',
  ),
  'turn.worker_failed': entry(
    'configuration',
    "The relay's thread stopped.",
    'Another one takes its place; calls through the relay look for a new path by themselves.',
  ),
  'turn.stale_nonce': entry('network', 'The nonce was old; the client repeats with a fresh one.', 'Nothing to do.'),
  'turn.allocation_mismatch': entry(
    'network',
    'The request does not fit the allocation of this client.',
    'Start with a new allocation.',
  ),
  'turn.unsupported': entry(
    'network',
    'The relay does not offer what was asked for.',
    'Look at the status in the details.',
  ),
  'turn.draining': entry('network', 'The relay is being shut down.', 'Another relay or a later attempt takes over.'),
  'http.foreign_host': entry(
    'configuration',
    'The request came by a name that is not this server, or from a foreign page.',
    'Ask by the address of the listener, or by localhost.',
  ),
  'http.bad_request': entry(
    'configuration',
    'The request could not be understood.',
    'Look at the reason in the details.',
  ),
} as const satisfies Record<string, ErrorEntry>;
