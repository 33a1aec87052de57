import type { CallId } from '@earshot/signaling';
import type { EvidenceBatch } from './evidence.js';

/** Bytes: browsers let a page that goes send 64 kB. */
const MOST = 60_000;

export interface Envelope {
  readonly token: string;
  readonly sessionId: string;
  readonly callId: CallId;
  readonly sentMs: number;
}

/** Where a gateway takes evidence by HTTP, by the URL of its WebSocket. */
export function evidenceUrl(socketUrl: string): string {
  const url = new URL('api/evidence', socketUrl);
  url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  return url.href;
}

/** The text to post; the oldest samples, then the oldest events stay behind where it would be too long. */
export function writeLetter(envelope: Envelope, { events, samples }: EvidenceBatch): string {
  const rest = { events: [...events], samples: [...samples] };
  for (;;) {
    const text = JSON.stringify({ ...envelope, ...rest });
    if (bytesOf(text) < MOST || rest.events.length + rest.samples.length === 0) return text;
    const longest = rest.samples.length > 0 ? rest.samples : rest.events;
    longest.splice(0, Math.ceil(longest.length / 2));
  }
}

const bytesOf = (text: string): number => new Blob([text]).size;
