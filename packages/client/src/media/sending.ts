import { Adaptation, type Millis } from '@earshot/base';
import type { LegFigures } from '@earshot/signaling';
import type { Note } from '../evidence/evidence.js';
import type { AudioConnection } from './audio-connection.js';

/** How this browser sends: nothing said is what browsers do by themselves (Opus, 32 kbit/s, 20 ms). */
export interface Sending {
  /** bit/s. */
  readonly bitrate?: number;
  readonly ptimeMs?: number;
  /** With the packets before, in each (RFC 2198). */
  readonly red?: boolean;
}

const USUAL = { bitrate: 32_000, ptimeMs: 20 };
const RUNGS: readonly Sending[] = [
  {},
  { bitrate: 24_000, ptimeMs: 40 },
  { bitrate: 16_000, ptimeMs: 60 },
  { bitrate: 10_000, ptimeMs: 60 },
];

/** Has the microphone sent as the path allows, by what the gateway counts of it each second. */
export class FollowedPath {
  readonly #policy = new Adaptation(RUNGS.length);
  readonly #audio: AudioConnection;
  readonly #note: Note;
  #received = 0;
  #lost = 0;
  #said = '{}';

  constructor(audio: AudioConnection, note: Note) {
    this.#audio = audio;
    this.#note = note;
  }

  /** `near`: the gateway's figures of this leg; `pairTripMs`: the round trip by checks. */
  take(at: Millis, { packetsReceived, packetsLost, roundTripMs }: LegFigures, pairTripMs: Millis | undefined): void {
    const received = packetsReceived - this.#received;
    const lost = packetsLost - this.#lost;
    this.#received = packetsReceived;
    this.#lost = packetsLost;
    // Counted anew: the gateway has another leg for this call.
    if (received < 0) return;
    this.#policy.report({ at, received, lost, trips: [pairTripMs, roundTripMs] });
    const { rung, red } = this.#policy;
    const sending = { ...RUNGS[rung], ...(red > 0 ? { red: true } : {}) };
    const said = JSON.stringify(sending);
    if (said === this.#said) return;
    this.#said = said;
    void this.#send(sending);
  }

  async #send(sending: Sending): Promise<void> {
    const audio = this.#audio;
    const [before, red] = [audio.wish, sending.red === true];
    audio.wish = (sdp) => wishing(sdp, sending);
    // Of what a browser cannot do, the rest helps all the same.
    const capped = await cap(audio.sender, sending.bitrate).catch(() => false);
    const wished = await audio.reapply();
    if (!wished) audio.wish = before;
    if (capped || wished) this.#note({ type: 'media.adapted', ...USUAL, ...sending, fec: true, red: wished && red });
  }
}

async function cap(sender: AudioConnection['sender'], bitrate: number | undefined): Promise<boolean> {
  const parameters = sender?.getParameters?.();
  const [encoding] = parameters?.encodings ?? [];
  if (parameters === undefined || encoding === undefined || sender?.setParameters === undefined) return false;
  if (bitrate === undefined) delete encoding.maxBitrate;
  else encoding.maxBitrate = bitrate;
  await sender.setParameters(parameters);
  return true;
}

/**
 * The gateway's description, as if it wished this: browsers take packet time and redundancy from there alone. Where it
 * does not speak of Opus first there is nothing to choose.
 */
export function wishing(sdp: string, { ptimeMs, red }: Sending): string {
  const [, first] = /^m=audio \S+ \S+ (\d+)/m.exec(sdp) ?? [];
  if (!sdp.includes(`a=rtpmap:${first} opus/`)) return sdp;
  const time = ptimeMs === undefined ? '' : `a=ptime:${ptimeMs}\r\n`;
  const [, pt] = /^a=rtpmap:(\d+) red\//m.exec(sdp) ?? [];
  const timed = sdp.replace('a=rtcp-mux', `${time}a=rtcp-mux`);
  if (pt === undefined || red !== true) return timed;
  return timed.replace(/^(m=audio \S+ \S+)(.*)/m, (_, start, types) => `${start} ${pt}${types.replace(` ${pt}`, '')}`);
}
