import { readdirSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Within } from './gateway.js';
import { programPath } from './peers.js';
import { freePort, type Program, startProgram, temporaryFolder, until } from './process.js';
import { type Pcm, readWav } from './wav.js';

export interface BaresipOptions {
  readonly user?: string;
  /** The tone it sends, in Hz. */
  readonly frequencyHz?: number;
  /** In order of preference, as baresip writes them: `pcma/8000/1`, `opus/48000/2`. */
  readonly codecs?: readonly string[];
  readonly answer?: 'auto' | 'manual';
  readonly address?: string;
  /** Runs it elsewhere, e.g. in a network namespace; `control` leads to its control port from here. */
  readonly within?: Within;
  readonly control?: (port: number) => Promise<string>;
  /** Where every request goes first (RFC 3261 section 8.1.2), e.g. `sip:192.0.2.2:5060`. */
  readonly outboundProxy?: string;
}

/** `type` is baresip's own: CALL_INCOMING, CALL_RINGING, CALL_ESTABLISHED, CALL_CLOSED, CALL_DTMF_START… */
export interface BaresipEvent {
  readonly type: string;
  readonly param?: string;
  readonly peeruri?: string;
}

const MOST_STARTS = 5;
const MODULES = ['g711', 'opus', 'ausine', 'aubridge', 'sndfile', 'uuid'];
const APPLICATIONS = ['account', 'menu', 'ctrl_tcp'];

function configuration(folder: string, address: string, sipPort: number, controlPort: number): string {
  return [
    `sip_listen ${address}:${sipPort}`,
    'rtp_ports 20000-39999',
    // ausine plays at this rate and width alone; baresip resamples to the codec's.
    'ausrc_srate 48000',
    'ausrc_channels 2',
    'audio_player aubridge,player',
    'audio_jitter_buffer_delay 2-10',
    'jitter_buffer_delay 2-10',
    `snd_path ${folder}`,
    'module_path /usr/lib/baresip/modules',
    ...MODULES.map((name) => `module ${name}.so`),
    ...APPLICATIONS.map((name) => `module_app ${name}.so`),
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    '',
  ].join('\n');
}

/** A SIP phone in a process of its own: dials, answers, sends a tone and digits, records what it hears. */
export class Baresip {
  readonly events: BaresipEvent[] = [];
  readonly uri: string;
  readonly #program: Program;
  readonly #folder: { readonly path: string; remove(): void };
  #socket: Socket | undefined;
  #pending = Buffer.alloc(0);

  private constructor(program: Program, folder: { readonly path: string; remove(): void }, uri: string) {
    this.#program = program;
    this.#folder = folder;
    this.uri = uri;
  }

  static async start(options: BaresipOptions = {}): Promise<Baresip> {
    for (let attempt = 1; ; attempt += 1) {
      const phone = await Baresip.#launch(options);
      if (phone instanceof Baresip) return phone;
      // Somebody may take a port between its choice and its use.
      const again = attempt < MOST_STARTS && phone.output.includes('Address already in use');
      if (!again) throw new Error(`baresip did not start: ${phone.output}`, { cause: phone.cause });
    }
  }

  /** One attempt with ports of its own; what it said where it did not start. */
  static async #launch(
    options: BaresipOptions,
  ): Promise<Baresip | { readonly output: string; readonly cause: unknown }> {
    const { user = 'phone', frequencyHz = 600, codecs = ['pcma/8000/1'], answer = 'auto' } = options;
    const { address = '127.0.0.1', outboundProxy, within = (command, args) => [command, args], control } = options;
    const folder = temporaryFolder('baresip');
    const sipPort = await freePort(address);
    const controlPort = await freePort();
    const parameters = [
      'regint=0',
      `audio_codecs=${codecs.join(',')}`,
      `audio_source=ausine,${frequencyHz}`,
      `answermode=${answer}`,
      'ptime=20',
      ...(outboundProxy === undefined ? [] : [`outbound="${outboundProxy}"`]),
    ];
    const uri = `sip:${user}@${address}:${sipPort}`;
    writeFileSync(join(folder.path, 'config'), configuration(folder.path, address, sipPort, controlPort));
    writeFileSync(join(folder.path, 'accounts'), `<${uri};transport=udp>;${parameters.join(';')}\n`);
    writeFileSync(join(folder.path, 'contacts'), '');
    const program = startProgram(...within(programPath('baresip'), ['-4', '-f', folder.path]));
    const phone = new Baresip(program, folder, uri);
    try {
      await phone.#connect((await control?.(controlPort)) ?? controlPort);
      return phone;
    } catch (cause) {
      await phone.stop();
      return { output: program.output(), cause };
    }
  }

  async #connect(place: number | string): Promise<void> {
    this.#socket = await until('the control port of baresip', () => {
      if (this.#program.child.exitCode !== null) throw new Error('baresip ended');
      return connect(place);
    });
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // The end of the process resets the connection, which is no failure.
    this.#socket.on('error', () => undefined);
  }

  /** The control connection carries netstrings of JSON: `LENGTH:{…},`. */
  #receive(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const colon = this.#pending.indexOf(':');
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#pending.toString('latin1', 0, colon));
      if (this.#pending.length < end + 1) return;
      const message: unknown = JSON.parse(this.#pending.toString('utf8', colon + 1, end));
      this.#pending = this.#pending.subarray(end + 1);
      if (isEvent(message)) this.events.push(message);
    }
  }

  #command(command: string, params?: string): void {
    const text = JSON.stringify({ command, ...(params === undefined ? {} : { params }) });
    this.#socket?.write(`${Buffer.byteLength(text)}:${text},`);
  }

  dial(uri: string): void {
    this.#command('dial', uri);
  }

  accept(): void {
    this.#command('accept');
  }

  hangUp(): void {
    this.#command('hangup');
  }

  hold(): void {
    this.#command('hold');
  }

  resume(): void {
    this.#command('resume');
  }

  /** Sends digits as telephone-events (RFC 4733), one after the other. */
  sendDigits(digits: string): void {
    this.#command('sndcode', digits);
  }

  /** Waits for an event that came after the first `skip` of its type. */
  waitFor(type: string, { skip = 0, timeoutMs = 10_000 } = {}): Promise<BaresipEvent> {
    const matching = (): BaresipEvent | undefined => this.events.filter((event) => event.type === type)[skip];
    return until(`${type} at baresip`, matching, timeoutMs);
  }

  /** The digits received so far. */
  digits(): string {
    const starts = this.events.filter((event) => event.type === 'CALL_DTMF_START');
    return starts.map((event) => event.param ?? '').join('');
  }

  /** What it heard so far in its latest call, or undefined before the first packet. */
  heard(): Pcm | undefined {
    const recordings = readdirSync(this.#folder.path).filter((name) => name.endsWith('-dec.wav'));
    const latest = recordings.sort().at(-1);
    if (latest === undefined) return undefined;
    try {
      return readWav(join(this.#folder.path, latest));
    } catch {
      return undefined;
    }
  }

  output(): string {
    return this.#program.output();
  }

  async stop(): Promise<void> {
    this.#socket?.destroy();
    await this.#program.stop();
    this.#folder.remove();
  }
}

/** A port of loopback, or a socket of the file system. */
function connect(place: number | string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const at = typeof place === 'number' ? { port: place, host: '127.0.0.1' } : { path: place };
    const socket = createConnection(at, () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

const isEvent = (message: unknown): message is BaresipEvent =>
  typeof message === 'object' && message !== null && 'event' in message && 'type' in message;
