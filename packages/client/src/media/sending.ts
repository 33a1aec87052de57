import type { Millis } from '@earshot/base';
import type { Sending } from '@earshot/signaling';
import type { Note } from '../evidence/evidence.js';
import type { AudioConnection } from './audio-connection.js';

/** From this bitrate on there is room for in-band error correction. */
const FEC_FROM = 24_000;
/** What browsers do by themselves, and what is sent while a queue keeps the gateway's word from coming. */
const USUAL: Sending = { bitrate: 32_000, ptimeMs: 20, red: false };
const LEAST: Sending = { bitrate: 16_000, ptimeMs: 60, red: false };
/** Its word comes each second; a queue is seconds long before it does not. */
const SILENCE_MS = 4_000;
const QUEUE_MS = 1_000;

/** Has the microphone sent as the gateway says, which knows what arrives of it. */
export class MicrophoneSending {
  readonly #audio: AudioConnection;
  readonly #note: Note;
  #now = JSON.stringify(USUAL);
  #heardAt: Millis | undefined;

  constructor(audio: AudioConnection, note: Note) {
    this.#audio = audio;
    this.#note = note;
  }

  /** The gateway's word; it says nothing where all may be as usual. */
  told(at: Millis, sending = USUAL): void {
    this.#heardAt = at;
    void this.#send(sending);
  }

  /** What the browser measures: signalling may be stuck in the same queue as the sound. */
  observe(at: Millis, roundTripMs = 0): void {
    if (roundTripMs > QUEUE_MS && at - (this.#heardAt ?? at) > SILENCE_MS) void this.#send(LEAST);
  }

  /** What a browser cannot do it leaves; the rest helps all the same. */
  async #send(sending: Sending): Promise<void> {
    const now = JSON.stringify(sending);
    if (now === this.#now) return;
    this.#now = now;
    this.#audio.asked = sending;
    const capped = await cap(this.#audio.sender, sending.bitrate).catch(() => false);
    const done = await this.#audio.reapply();
    if (!capped && !done) return;
    this.#note({ type: 'media.adapted', ...sending, fec: sending.bitrate >= FEC_FROM, red: done && sending.red });
  }
}

async function cap(sender: AudioConnection['sender'], bitrate: number): Promise<boolean> {
  const parameters = sender?.getParameters?.();
  const encoding = parameters?.encodings?.[0];
  if (!encoding || !sender?.setParameters) return false;
  encoding.maxBitrate = bitrate;
  await sender.setParameters(parameters);
  return true;
}

/** The gateway's description, as if it wished this: browsers take packet time and redundancy from there alone. */
export function wishing(sdp: string, { ptimeMs, red }: Sending): string {
  const timed = sdp.replace('a=rtcp-mux', `a=ptime:${ptimeMs}\r\na=rtcp-mux`);
  const type = /^a=rtpmap:(\d+) red\//m.exec(sdp)?.[1];
  if (!red || !type) return timed;
  return timed.replace(
    /^(m=audio \S+ \S+)(.*)/m,
    (_, start, types) => `${start} ${type}${types.replace(` ${type}`, '')}`,
  );
}
