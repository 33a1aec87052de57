import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { describeFault, type Fault } from '@earshot/base';
import type { IcePolicy } from '@earshot/signaling';
import { checkConfig } from '../config/load.js';
import { createLog } from '../log.js';
import type { ProbeResult } from '../probe/probe.js';
import { type Command, printFaults, UsageError } from './main.js';

/** Every port by the system's choice, quiet, and nothing kept, so that a probe runs beside a server, anywhere. */
const ephemeral = () => ({
  http: { host: '127.0.0.1', port: 0 },
  sip: { host: '127.0.0.1', port: 0, mediaPorts: [0, 0] },
  media: { port: 0 },
  turn: { port: 0, tlsPort: 0, relayPorts: [0, 0] },
  admin: { enabled: false },
  auth: { secret: randomBytes(32).toString('hex') },
  log: { level: 'silent' },
});

export const probe: Command = {
  usage: 'earshot probe [--url U] [--line L] [--policy all|relay|auto] [--seconds N] [--json]',
  summary: 'Places a real call from headless Chromium; exit code 0 only when both directions were heard.',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        line: { type: 'string', default: 'echo' },
        policy: { type: 'string' },
        seconds: { type: 'string', default: '15' },
        json: { type: 'boolean', default: false },
      },
    });
    const timeoutMs = Number(values.seconds) * 1000;
    if (!(timeoutMs >= 1000 && timeoutMs <= 120_000)) throw new UsageError('--seconds takes a number from 1 to 120');
    if (values.url !== undefined && !URL.canParse(values.url))
      throw new UsageError('--url takes an address such as http://localhost:8080');
    const { policy } = values;
    if (policy !== undefined && !isPolicy(policy)) throw new UsageError('--policy takes all, relay or auto');
    const report = (failure: Fault): number => {
      if (values.json) process.stdout.write(`${JSON.stringify({ ok: false, line: values.line, fault: failure })}\n`);
      else printFaults([failure]);
      return 1;
    };
    const own = values.url === undefined ? await startOwn() : undefined;
    if (own !== undefined && !own.ok) return report(own.error);
    try {
      const url = values.url ?? own?.value.addresses.http ?? '';
      const { runProbe } = await import('../probe/probe.js');
      const result = await runProbe({ url, line: values.line, timeoutMs, ...(policy === undefined ? {} : { policy }) });
      if (!result.ok) return report(result.error);
      process.stdout.write(values.json ? `${JSON.stringify(result.value)}\n` : describe(result.value));
      return result.value.ok ? 0 : 1;
    } finally {
      await own?.value.stop();
    }
  },
};

const isPolicy = (text: string): text is IcePolicy => text === 'all' || text === 'relay' || text === 'auto';

async function startOwn() {
  const config = checkConfig(ephemeral());
  if (!config.ok) throw new Error('the ephemeral configuration is invalid');
  const { Gateway } = await import('../gateway.js');
  return await Gateway.start(config.value, createLog('silent'));
}

function describePath(path: ProbeResult['path']): string {
  if (path === undefined) return 'none';
  const { via, transport, candidateType, server, roundTripMs } = path;
  const way =
    via === 'direct' ? `direct (${candidateType})` : `through the relay${server === undefined ? '' : ` ${server}`}`;
  return `${way}, by ${transport.toUpperCase()}${roundTripMs === undefined ? '' : `, ${roundTripMs} ms`}`;
}

function describe({ line, setupMs, firstAudioMs, heard, codec, path, fault }: ProbeResult): string {
  const ms = (value: number | undefined): string => (value === undefined ? 'never' : `${value} ms`);
  const lines = [
    `line          ${line}`,
    `connected     ${ms(setupMs)}`,
    `first audio   ${ms(firstAudioMs)}`,
    `heard         up ${heard.up ? 'yes' : 'no'}, down ${heard.down ? 'yes' : 'no'}`,
    `codec         ${codec ?? 'none'}`,
    `path          ${describePath(path)}`,
  ];
  if (fault !== undefined) lines.push(describeFault(fault));
  return `${lines.join('\n')}\n`;
}
