import type { CallEnd, ClientCallState, ClientSessionState, MediaPath, Party, Waiting } from '@earshot/client';
import type { Line } from './page-info.js';

/** What a person is told about a call: one line, and what stands under it. */
export interface Words {
  readonly title: string;
  readonly hint: string;
}

export interface CallScene {
  readonly state: ClientCallState;
  readonly incoming: boolean;
  readonly muted: boolean;
  readonly waiting: Waiting['for'];
  /** In ms: how long the call has been in this state. */
  readonly lasts: number;
}

/** Browsers never say that a prompt is ignored; after this long, in ms, the person is pointed at it. */
const PROMPT_OVERLOOKED = 5_000;

export function callWords({ state, incoming, muted, waiting, lasts }: CallScene): Words {
  switch (state) {
    case 'microphone':
      return {
        title: 'Asking for the microphone',
        hint:
          lasts < PROMPT_OVERLOOKED
            ? 'Your browser asks whether this page may use the microphone. Choose Allow.'
            : 'The question of your browser is still open: look near the address bar, and choose Allow.',
      };
    case 'calling':
      return { title: 'Calling…', hint: 'Finding the other side.' };
    case 'ringing':
      return incoming
        ? { title: 'Somebody calls', hint: 'Your browser asks for the microphone when you accept.' }
        : { title: 'Ringing…', hint: 'Waiting for somebody to answer.' };
    case 'early':
      return { title: 'Ringing…', hint: 'You already hear the phone network.' };
    case 'answered':
      return { title: 'Answered, waiting for audio…', hint: waitingWords(waiting) };
    case 'connected':
      return muted
        ? { title: 'Connected, muted', hint: 'The other side cannot hear you until you unmute.' }
        : { title: 'Connected', hint: 'Audio is confirmed in both directions.' };
    case 'reconnecting':
      return { title: 'Reconnecting…', hint: 'The network changed. The call is kept; audio comes back by itself.' };
    case 'ended':
      return { title: 'Call ended', hint: '' };
  }
}

function waitingWords(waiting: Waiting['for']): string {
  if (waiting.length === 1) {
    return waiting[0] === 'down'
      ? 'Nothing is heard from the other side yet.'
      : 'The other side does not receive your voice yet.';
  }
  return 'Checking that you hear each other.';
}

/** `talked`: seconds, or undefined when the call was never connected. */
export function endWords({ result, by }: Pick<CallEnd, 'result' | 'by'>, talked: number | undefined): string {
  switch (result) {
    case 'completed': {
      const after = talked === undefined ? '' : ` after ${formatDuration(talked)}`;
      return by === 'far-end' ? `They hung up${after}` : `Call ended${after}`;
    }
    case 'cancelled':
      return by === 'browser' ? 'Call cancelled' : 'The caller gave up';
    case 'busy':
      return 'The line is busy';
    case 'declined':
      return by === 'browser' ? 'Call declined' : 'The call was declined';
    case 'unanswered':
      return 'Nobody answered';
    case 'failed':
      return 'The call did not work';
  }
}

export function linkWords(state: ClientSessionState | 'loading'): string {
  switch (state) {
    case 'ready':
      return 'Online';
    case 'loading':
    case 'idle':
    case 'connecting':
      return 'Connecting';
    case 'reconnecting':
      return 'Reconnecting';
    case 'closed':
      return 'Offline';
  }
}

/** What to call the other side: the title of a line, the name it gives itself, or the user of its address. */
export function partyName({ uri, displayName }: Party, lines: readonly Line[]): string {
  const line = lines.find(({ name }) => name === uri);
  return line?.title ?? displayName ?? /^sips?:([^@;?]+)@/i.exec(uri)?.[1] ?? uri;
}

/** Whole seconds as `0:07`, `12:34`, `1:02:03`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (part: number): string => String(part).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  const rest = pad(whole % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${rest}`;
}

/** Each part of the path with its heading; a dash holds the place of what is not known yet. */
export function pathWords(path: MediaPath | undefined): readonly { readonly name: string; readonly value: string }[] {
  const roundTrip = path?.roundTripMs;
  return [
    { name: 'Path', value: routeWords(path) },
    { name: 'Codec', value: path?.codec ?? '–' },
    {
      name: 'Round trip',
      value: roundTrip === undefined ? '–' : `${roundTrip < 10 ? roundTrip.toFixed(1) : Math.round(roundTrip)} ms`,
    },
  ];
}

/** Which way the audio goes, for somebody who knows no protocols. */
function routeWords(path: MediaPath | undefined): string {
  if (path?.via === undefined) return '–';
  if (path.via === 'direct') return 'Direct';
  const by = path.transport === undefined || path.transport === 'udp' ? '' : `, by ${path.transport.toUpperCase()}`;
  return `Through the relay${by}${path.hint === 'ice.relay_tcp' ? ' (this network blocks UDP)' : ''}`;
}

/** Loudness as a share of the meter: -60 dB and less is empty, 0 dB is full. `level`: root mean square, 0 to 1. */
export function meterShare(level: number): number {
  if (!(level > 0)) return 0;
  return Math.min(1, Math.max(0, 1 + (20 * Math.log10(level)) / 60));
}
