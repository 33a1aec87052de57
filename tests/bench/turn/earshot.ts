import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TransportAddress } from '@earshot/base';
import type { TurnTransport } from '@earshot/telemetry';
import type { CertificateFiles } from '../../harness/certificates.js';
import { pinned } from '../media/cpu.js';
import { HOST, relayUrl, SECRET, type Target } from './target.js';

const HOST_PROGRAM = fileURLToPath(new URL('host.mjs', import.meta.url));
/** Far above what one client sends: the benchmark is about relaying, not about dropping. */
const UNLIMITED = 1_000_000_000;
const DISCARD = 9;

type Child = ChildProcessByStdio<Writable, Readable, null>;
type Ports = Readonly<Record<TurnTransport, number>>;

/** The gateway's relay with its own thread, set up as `earshot start` does it. */
export class Earshot implements Target {
  readonly name = 'earshot';
  readonly secret = SECRET;
  readonly pid: number;
  readonly #child: Child;
  readonly #ports: Ports;

  private constructor(child: Child, ports: Ports) {
    this.#child = child;
    this.#ports = ports;
    this.pid = child.pid ?? 0;
  }

  /**
   * `peer` stands for a media worker: the relay leads there and nowhere else, as it does unless it is told otherwise.
   * `nodeArgs`: for a profiler, for example.
   */
  static async start(
    certificate: CertificateFiles,
    peer: TransportAddress | undefined,
    nodeArgs: readonly string[],
  ): Promise<Earshot> {
    const options = {
      config: {
        hosts: [HOST],
        port: 0,
        tlsPort: 0,
        realm: 'earshot',
        relayPorts: [0, 0],
        allowPeers: peer === undefined ? [HOST] : [],
        quota: { allocationsPerUser: 24, allocations: 4000, bitsPerSecond: UNLIMITED },
      },
      // Where the port leads nowhere, it says no more than what relays are bound to.
      media: [{ local: HOST, public: HOST, port: peer?.port ?? DISCARD }],
      secrets: [SECRET],
      certificate,
    };
    const [command, args] = pinned(process.execPath, [...nodeArgs, HOST_PROGRAM, JSON.stringify(options)]);
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ports = await new Promise<Ports>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the relay's host ended with ${code}`)));
      createInterface({ input: child.stdout }).once('line', (line) => {
        const started = JSON.parse(line) as { readonly ports?: Ports };
        if (started.ports === undefined) reject(new Error(line));
        else resolve(started.ports);
      });
    });
    return new Earshot(child, ports);
  }

  urlOf(transport: TurnTransport): string {
    return relayUrl(transport, this.#ports[transport]);
  }

  async stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    this.#child.stdin.end();
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(insist);
  }
}
