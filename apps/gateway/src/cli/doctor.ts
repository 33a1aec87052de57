import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.js';
import type { NamedServer } from '../doctor/scope.js';
import { type Command, UsageError } from './main.js';

const STUN_PORT = 3478;
const NTP_PORT = 123;

export const doctor: Command = {
  usage: 'earshot doctor network [--config FILE] [--url URL] [--stun HOST:PORT] [--ntp HOST[:PORT]] [--json]',
  summary: 'Checks addresses, ports, certificates, relays and the clock; exit code 1 when something stops calls.',
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        url: { type: 'string' },
        stun: { type: 'string' },
        ntp: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    if (positionals.length !== 1 || positionals[0] !== 'network')
      throw new UsageError('the one thing to examine is "network"');
    const options = {
      url: readUrl(values.url),
      stun: readServer('--stun', values.stun, STUN_PORT),
      ntp: readServer('--ntp', values.ntp, NTP_PORT),
    };
    const config = loadConfig(values.config);
    const { checkNetwork, configurationFindings } = await import('../doctor/network.js');
    const { exitCodeOf, findingsAsJson, printFindings } = await import('../doctor/report.js');
    const findings = config.ok
      ? await checkNetwork({ config: config.value, ...options })
      : configurationFindings(config.error);
    process.stdout.write(values.json ? findingsAsJson(findings) : printFindings(findings));
    return exitCodeOf(findings);
  },
};

function readUrl(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new UsageError('--url takes the address of the page, such as https://call.example.com');
  }
  return url;
}

/** `name`, `name:port`, `[2001:db8::1]:port`, `192.0.2.1`. */
function readServer(option: string, text: string | undefined, defaultPort: number): NamedServer | undefined {
  if (text === undefined) return undefined;
  const [, ipv6, name, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new UsageError(`${option} takes a host and a port, such as time.example.com:${defaultPort}`);
  }
  return { host, port };
}
