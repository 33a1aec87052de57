import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Within } from '../../harness/gateway.js';

const PROGRAM = fileURLToPath(new URL('./sip-peer.mjs', import.meta.url));

export type MediaMode = 'tone' | 'steady' | 'silence' | 'foreign' | 'none' | 'echo';

/** What becomes of a call to one user of the peer. Times in ms from the INVITE. */
export interface Behaviour {
  /** Refuses with this status. */
  readonly status?: number;
  readonly phrase?: string;
  readonly headers?: readonly string[];
  /** Asks for credentials, and never takes them. */
  readonly challenge?: 401 | 407;
  /** Receives, and says nothing at all. */
  readonly mute?: boolean;
  readonly trying?: boolean;
  readonly ringMs?: number;
  /** null: it rings on. */
  readonly answerMs?: number | null;
  /** 183 with a description, and media before the answer. */
  readonly early?: boolean;
  readonly codecs?: readonly ('PCMU' | 'PCMA')[];
  readonly telephoneEvents?: boolean;
  readonly mode?: MediaMode;
  /** RTCP. */
  readonly reports?: boolean;
  /** As a caller: confirms the answer. */
  readonly ack?: boolean;
}

/** What the peer itself counted: proof that something happened on its side. */
export interface Counts {
  readonly invites: number;
  readonly acks: number;
  readonly byes: number;
  readonly cancels: number;
  readonly answers: number;
  readonly refusals: number;
  /** Final answers that were repeated since nothing confirmed them. */
  readonly resent: number;
  /** Requests that brought credentials. */
  readonly credentials: number;
  /** Requests inside calls that are none of these, such as UPDATE. */
  readonly others: number;
  readonly rtpReceived: number;
  readonly rtpSent: number;
}

export interface SipPeer {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  expect(user: string, behaviour: Behaviour): Promise<void>;
  call(user: string, to: string, at: { readonly address: string; readonly port: number }, b?: Behaviour): Promise<void>;
  bye(user: string, reason?: string): Promise<void>;
  hold(user: string, direction?: 'sendonly' | 'inactive'): Promise<void>;
  resume(user: string): Promise<void>;
  media(user: string, mode: MediaMode): Promise<void>;
  count(user: string): Promise<Counts>;
  /** From now on hears whether what it receives is this tone. */
  listen(user: string, hz: number): Promise<void>;
  /** What it heard since it was asked last. */
  heard(user: string): Promise<readonly HeardPacket[]>;
  stop(): Promise<void>;
}

/**
 * When a packet of sound came (ms since 1970), its RTP timestamp and how long it lasts (both in ms), and whether it is the
 * tone.
 */
export type HeardPacket = readonly [at: number, stamp: number, ms: number, isTone: 0 | 1];

interface Reply {
  readonly id?: number;
  readonly port?: number;
  readonly heard?: readonly HeardPacket[];
  readonly error?: string;
}

/** Starts the peer, here or in a network namespace. */
export async function startSipPeer(host = '127.0.0.1', within: Within = (command, args) => [command, args]) {
  const [command, args] = within(process.execPath, [PROGRAM, host]);
  const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map<number, (reply: Reply) => void>();
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let ready: (port: number) => void = () => {};
  const started = new Promise<number>((resolve, reject) => {
    ready = resolve;
    child.once('error', reject);
    void gone.then(() => reject(new Error('the SIP peer ended')));
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const reply = JSON.parse(line) as Reply;
    if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
    else if (reply.port !== undefined) ready(reply.port);
    else process.stderr.write(`SIP peer: ${line}\n`);
  });
  const port = await started;
  let last = 0;
  const tell = async (what: string, user: string, rest: object = {}): Promise<Reply> => {
    last += 1;
    const id = last;
    const answered = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    child.stdin.write(`${JSON.stringify({ id, do: what, user, ...rest })}\n`);
    const reply = await Promise.race([answered, gone.then((): Reply => ({ error: 'it ended' }))]);
    waiting.delete(id);
    if (reply.error !== undefined) throw new Error(`SIP peer, ${what} ${user}: ${reply.error}`);
    return reply;
  };
  const peer: SipPeer = {
    host,
    port,
    pid: child.pid ?? 0,
    expect: async (user, behaviour) => void (await tell('expect', user, behaviour)),
    call: async (user, to, at, behaviour = {}) => void (await tell('call', user, { to, at, ...behaviour })),
    bye: async (user, reason) => void (await tell('bye', user, reason === undefined ? {} : { reason })),
    hold: async (user, direction) => void (await tell('hold', user, direction === undefined ? {} : { direction })),
    resume: async (user) => void (await tell('resume', user)),
    media: async (user, mode) => void (await tell('media', user, { mode })),
    count: async (user) => (await tell('count', user)) as unknown as Counts,
    listen: async (user, hz) => void (await tell('listen', user, { hz })),
    heard: async (user) => (await tell('heard', user)).heard ?? [],
    async stop() {
      child.stdin.end();
      await gone;
    },
  };
  return peer;
}
