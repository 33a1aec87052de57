import type { Sending } from '@earshot/signaling';
import type { Note } from '../evidence/evidence.js';
import type { AudioConnection } from './audio-connection.js';

/** From this bitrate on there is room for in-band error correction. */
const FEC_FROM = 24_000;

/**
 * Has the microphone sent as the gateway asks, which knows what arrives of it. What a browser cannot do it leaves; the
 * rest helps all the same.
 */
export async function sendAs(sending: Sending, audio: AudioConnection, note: Note): Promise<void> {
  audio.asked = sending;
  const capped = await cap(audio.sender, sending.bitrate).catch(() => false);
  const done = await audio.reapply();
  if (!capped && !done) return;
  note({ type: 'media.adapted', ...sending, fec: sending.bitrate >= FEC_FROM, red: done && sending.red });
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
