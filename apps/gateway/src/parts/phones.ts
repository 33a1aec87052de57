import { ok, type Result } from '@earshot/base';
import type { LineRoute } from '../calls/routes.js';
import { LINES } from '../lines/catalog.js';
import { LineServer } from '../lines/line-server.js';
import { advertisedTowards, configuredTowards, isLoopback } from '../net/addresses.js';
import { UdpAgent } from '../sip/udp-agent.js';
import { VERSION } from '../version.js';
import type { PartContext } from './context.js';

/** An address out in the network (RFC 5737), to ask the system's routes for the usual way there. */
const SOMEWHERE = '192.0.2.1';

const SPARE_LEGS = 64;

export interface PhonePart {
  readonly agent: UdpAgent;
  /** What this machine is called in SIP by those who are not on it. */
  readonly publicAddress: string;
  /** The built-in lines. */
  readonly lines: readonly LineRoute[];
}

/** The built-in lines, and the SIP agent that calls them and the phone network. */
export async function startPhones(context: PartContext): Promise<Result<PhonePart>> {
  const { config, stops, late } = context;
  const lines = await startLines(context);
  if (!lines.ok) return lines;
  const publicAddress = await advertisedTowards(SOMEWHERE, config.sip);
  const started = await UdpAgent.start({
    host: config.sip.host,
    port: config.sip.port,
    where: `sip.port ${config.sip.port}`,
    userAgent: `Earshot/${VERSION}`,
    advertise: ({ address }) =>
      configuredTowards(address, config.sip) ?? (isLoopback(address) ? '127.0.0.1' : publicAddress),
    // A call has at most two legs there, and some of the next are refused while these last.
    maxLegs: 2 * config.calls.maxCalls + SPARE_LEGS,
    onEvent: (event) => {
      late.outward?.onSip(event);
      late.engine?.onSip(event);
    },
  });
  if (!started.ok) return started;
  const agent = started.value;
  stops.add(() => agent.close());
  return ok({ agent, publicAddress, lines: lines.value });
}

async function startLines({ config, log, stops }: PartContext): Promise<Result<readonly LineRoute[]>> {
  if (!config.lines.enabled) return ok([]);
  const started = await LineServer.start(log);
  if (!started.ok) return started;
  const server = started.value;
  stops.add(() => server.close());
  return ok(LINES.map(({ name }) => ({ name, uri: server.uriOf(name) })));
}
