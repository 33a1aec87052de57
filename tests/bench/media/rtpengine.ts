import { randomBytes } from 'node:crypto';
import type { TransportAddress } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { SrtpReceiver, SrtpSender } from '../../../packages/webrtc/src/srtp/index.js';
import { programPath } from '../../harness/peers.js';
import { freePort, type Program, startProgram, until } from '../../harness/process.js';
import { pinned } from './cpu.js';
import type { LoadLeg } from './leg.js';
import { NgClient } from './ng.js';
import { type CallKeys, PAYLOAD_TYPES, type Scenario, type Target } from './target.js';

const PROFILE = 'AES128_CM_HMAC_SHA1_80';
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
/** A master key of 16 octets, then a master salt of 14 (RFC 4568 section 6.1). */
const KEY_LENGTH = 16;
const MASTER_LENGTH = 30;
const PORTS = { from: 20_000, to: 59_999 };

const RTPMAPS: Readonly<Record<Scenario, readonly string[]>> = {
  pcma: ['a=rtpmap:8 PCMA/8000'],
  opus: ['a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;useinbandfec=1'],
};

function sdp(port: number, profile: string, payloadType: number, attributes: readonly string[]): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  lines.push(`m=audio ${port} ${profile} ${payloadType}`, ...attributes, 'a=ptime:20', 'a=rtcp-mux', 'a=sendrecv');
  return `${lines.join('\r\n')}\r\n`;
}

function mediaAddress(description: string): TransportAddress {
  const port = /^m=audio (\d+)/m.exec(description)?.[1];
  const address = /^c=IN IP4 (\S+)/m.exec(description)?.[1];
  if (port === undefined || address === undefined) throw new Error(`rtpengine gave no address: ${description}`);
  return { address, port: Number(port) };
}

const senderOf = (master: Buffer): SrtpSender =>
  new SrtpSender(nodeCrypto, PROFILE, master.subarray(0, KEY_LENGTH), master.subarray(KEY_LENGTH));

/** Debian's rtpengine in user space. Keys go through SDES (RFC 4568), which costs it nothing per packet. */
export class Rtpengine implements Target {
  readonly name = 'rtpengine';
  readonly pid: number;
  readonly #program: Program;
  readonly #ng: NgClient;
  /** One key for what the generator sends in all calls, so that their packets can be shared. */
  #master = randomBytes(MASTER_LENGTH);
  #sender = senderOf(this.#master);
  readonly #calls: string[] = [];
  #count = 0;

  private constructor(program: Program, ng: NgClient, pid: number) {
    this.#program = program;
    this.#ng = ng;
    this.pid = pid;
  }

  static async start(): Promise<Rtpengine> {
    const port = await freePort();
    const [command, args] = pinned(programPath('rtpengine'), [
      ...['--config-file=none', '--table=-1', '--foreground', '--log-stderr', '--log-level=4', '--interface=127.0.0.1'],
      ...[`--listen-ng=127.0.0.1:${port}`, `--port-min=${PORTS.from}`, `--port-max=${PORTS.to}`, '--timeout=3600'],
    ]);
    const program = startProgram(command, args);
    const ng = new NgClient(port);
    try {
      await until('rtpengine', () => ng.request({ command: 'ping' }).then((reply) => reply.result));
    } catch (error) {
      ng.close();
      await program.stop();
      throw new Error(`rtpengine did not start: ${program.output()}`, { cause: error });
    }
    // taskset replaces itself by the program, so the id stays.
    return new Rtpengine(program, ng, program.child.pid ?? 0);
  }

  async openCall(scenario: Scenario, browser: LoadLeg, phone: LoadLeg): Promise<CallKeys> {
    this.#count += 1;
    const id = `bench-${this.#count}`;
    this.#calls.push(id);
    const crypto = `a=crypto:1 ${SUITE} inline:${this.#master.toString('base64')}`;
    const common = { 'call-id': id, 'from-tag': 'a', 'rtcp-mux': ['accept'], ICE: 'remove', DTLS: 'off' };
    const offer = await this.#ng.request({
      ...common,
      command: 'offer',
      sdp: sdp(browser.port, 'RTP/SAVP', PAYLOAD_TYPES[scenario], [...RTPMAPS[scenario], crypto]),
      'transport-protocol': 'RTP/AVP',
      replace: ['origin'],
      ...(scenario === 'opus' ? { codec: { mask: ['opus'], transcode: ['PCMA'] } } : {}),
    });
    const answer = await this.#ng.request({
      ...common,
      command: 'answer',
      'to-tag': 'b',
      sdp: sdp(phone.port, 'RTP/AVP', PAYLOAD_TYPES.pcma, RTPMAPS.pcma),
      'transport-protocol': 'RTP/SAVP',
      replace: ['origin'],
    });
    const inline = /^a=crypto:\d+ AES_CM_128_HMAC_SHA1_80 inline:([^|\s]+)/m.exec(String(answer.sdp))?.[1];
    if (inline === undefined) throw new Error(`rtpengine gave no key: ${String(answer.sdp)}`);
    const master = Buffer.from(inline, 'base64');
    await Promise.all([
      browser.connect(mediaAddress(String(answer.sdp))),
      phone.connect(mediaAddress(String(offer.sdp))),
    ]);
    return {
      sender: this.#sender,
      receiver: new SrtpReceiver(nodeCrypto, PROFILE, master.subarray(0, KEY_LENGTH), master.subarray(KEY_LENGTH)),
    };
  }

  async closeCalls(): Promise<void> {
    for (const id of this.#calls.splice(0)) {
      await this.#ng.request({ command: 'delete', 'call-id': id, 'from-tag': 'a', 'delete-delay': 0 });
    }
    // Calls to come begin their streams anew, which one key may not do twice.
    this.#master = randomBytes(MASTER_LENGTH);
    this.#sender = senderOf(this.#master);
  }

  keepAlive(): void {
    // Nothing: rtpengine lives on the packets themselves.
  }

  async stop(): Promise<void> {
    this.#ng.close();
    await this.#program.stop();
  }
}
