import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { AudioCodec, LegMedia, TransportAddress } from '@earshot/base';
import type { MediaCommand, MediaEvent } from '@earshot/calls';
import { createCertificate, loadCertificate } from '@earshot/crypto';
import { BROWSER_ICE, BrowserEnd, makeIce } from './browser-end.js';
import { pinned } from './cpu.js';
import type { LoadLeg } from './leg.js';
import type { CallKeys, Scenario, Target } from './target.js';

const HOST = fileURLToPath(new URL('host.mjs', import.meta.url));
const OPEN_MS = 10_000;

const PCMA: AudioCodec = { name: 'PCMA', payloadType: 8, clockRate: 8000 };
const BROWSER_CODECS: Readonly<Record<Scenario, AudioCodec>> = {
  pcma: PCMA,
  opus: { name: 'opus', payloadType: 111, clockRate: 48_000 },
};

const mediaOf = (codec: AudioCodec): LegMedia => ({
  codecs: [codec],
  telephoneEvents: [],
  direction: 'sendrecv',
  ptimeMs: 20,
});

interface Started {
  readonly type: 'started';
  readonly browserPort: number;
  readonly fingerprint: string;
}

/** The gateway's media workers, set up as call control does it: with ICE and a real DTLS handshake for each call. */
export class Earshot implements Target {
  readonly name = 'earshot';
  readonly pid: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ends = new Set<BrowserEnd>();
  readonly #legs: string[] = [];
  readonly #waiting = new Map<string, (local: TransportAddress) => void>();
  readonly #certificate: ReturnType<typeof loadCertificate>;
  readonly #browserPort: number;
  #count = 0;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    certificate: ReturnType<typeof loadCertificate>,
    browserPort: number,
  ) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#certificate = certificate;
    this.#browserPort = browserPort;
  }

  static async start(): Promise<Earshot> {
    const certificate = loadCertificate(await createCertificate(Date.now()));
    const [command, args] = pinned(process.execPath, [HOST]);
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const started = await new Promise<Started>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the media host ended with ${code}`)));
      lines.once('line', (line) => {
        const message = JSON.parse(line) as Started | { type: 'not-started' };
        if (message.type === 'started') resolve(message);
        else reject(new Error(line));
      });
    });
    const target = new Earshot(child, certificate, started.browserPort);
    lines.on('line', (line) => target.#event(JSON.parse(line) as MediaEvent));
    return target;
  }

  #event(event: MediaEvent): void {
    if (event.type === 'rtp.opened') this.#waiting.get(event.legId)?.(event.local);
    if (event.type === 'leg.failed') process.stderr.write(`earshot: ${event.legId} ${JSON.stringify(event.fault)}\n`);
  }

  #command(command: MediaCommand): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  async openCall(scenario: Scenario, browser: LoadLeg, phone: LoadLeg): Promise<CallKeys> {
    this.#count += 1;
    const callId = `bench-${this.#count}`;
    const [browserLeg, phoneLeg] = [`${callId}-browser`, `${callId}-phone`];
    this.#legs.push(browserLeg, phoneLeg);
    const ice = makeIce();
    const fingerprint = { algorithm: 'sha-256', value: this.#certificate.fingerprint };
    const address = { address: '127.0.0.1', port: phone.port };
    this.#command({ type: 'webrtc.open', callId, legId: browserLeg, ice });
    const opened = this.#opened(phoneLeg);
    this.#command({ type: 'rtp.open', callId, legId: phoneLeg });
    this.#command({
      type: 'webrtc.remote',
      legId: browserLeg,
      remote: { ice: BROWSER_ICE, fingerprints: [fingerprint] },
      media: mediaOf(BROWSER_CODECS[scenario]),
    });
    this.#command({
      type: 'rtp.remote',
      legId: phoneLeg,
      remote: { rtp: address, rtcp: address },
      media: mediaOf(PCMA),
    });
    this.#command({ type: 'bridge', legIds: [browserLeg, phoneLeg] });
    const peer = { address: '127.0.0.1', port: this.#browserPort };
    const end = new BrowserEnd(browser, peer, ice, this.#certificate);
    this.#ends.add(end);
    const [local, keys] = await Promise.all([opened, end.connect()]);
    await phone.connect({ address: '127.0.0.1', port: local.port });
    return keys;
  }

  #opened(legId: string): Promise<TransportAddress> {
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => reject(new Error(`${legId} did not open`)), OPEN_MS);
      this.#waiting.set(legId, (local) => {
        clearTimeout(timeout);
        this.#waiting.delete(legId);
        resolve(local);
      });
    });
  }

  async closeCalls(): Promise<void> {
    this.#ends.clear();
    for (const legId of this.#legs.splice(0)) this.#command({ type: 'close', legId });
  }

  keepAlive(): void {
    for (const end of this.#ends) end.check();
  }

  async stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    this.#child.stdin.end();
    const insist = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(insist);
  }
}
