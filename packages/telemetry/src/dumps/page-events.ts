import type { ErrorCode } from '@earshot/base';
import type { Untimed } from './timeline-of.js';
import type { TraceEvent } from './trace.js';
import { fieldsOf, listOf, textOf } from './values.js';

/** What the page did with its media devices. */
export function readPageEvent({ name, value }: TraceEvent): readonly Untimed[] {
  switch (name.replace(/^navigator\.mediaDevices\./, '')) {
    case 'getUserMedia':
      // A dump is made by a page that got as far as to ask, so it is a secure one.
      return asksForAudio(value) ? [{ type: 'mic.asked', secure: true, ...rememberedId(value) }] : [];
    case 'getUserMediaOnSuccess': {
      const label = labelOf(value);
      return [{ type: 'mic.opened', ...(label === undefined ? {} : { label }) }];
    }
    case 'getUserMediaOnFailure':
      return [microphoneFailure(String(textOf(value) ?? ''))];
    case 'enumerateDevices': {
      const kinds = listOf(value).map((device) => fieldsOf(device).kind);
      const count = (kind: string): number => kinds.filter((one) => one === kind).length;
      return [{ type: 'mic.devices', inputs: count('audioinput'), outputs: count('audiooutput') }];
    }
    case 'MediaStreamTrack.enabled':
      return [{ type: 'mic.track', state: value === false ? 'disabled' : 'enabled' }];
    case 'MediaStreamTrack.onended':
      return [{ type: 'mic.track', state: 'ended' }];
    default:
      return [];
  }
}

const asksForAudio = (constraints: unknown): boolean =>
  ![undefined, false].includes(fieldsOf(constraints).audio as false);

function rememberedId(constraints: unknown): { readonly byId?: true } {
  const { deviceId } = fieldsOf(fieldsOf(constraints).audio);
  return fieldsOf(deviceId).exact === undefined ? {} : { byId: true };
}

/** Of the audio track: `[["audio", id, label, stream]]`, `{ tracks: [{ kind, label }] }`, or as we put it together. */
function labelOf(value: unknown): string | undefined {
  const pairs = listOf(value)
    .map(listOf)
    .find(([kind]) => kind === 'audio');
  // The newest client leaves labels out; what follows the id is a stream then.
  if (pairs !== undefined) return pairs.length > 3 ? textOf(pairs[2]) : undefined;
  const { tracks, label } = fieldsOf(value);
  const track = listOf(tracks)
    .map(fieldsOf)
    .find(({ kind }) => kind === 'audio');
  return textOf(track?.label) ?? textOf(label);
}

const FAILURES: Readonly<Record<string, ErrorCode>> = {
  NotAllowedError: 'mic.denied_by_user',
  PermissionDeniedError: 'mic.denied_by_user',
  NotFoundError: 'mic.not_found',
  DevicesNotFoundError: 'mic.not_found',
  NotReadableError: 'mic.device_busy',
  TrackStartError: 'mic.device_busy',
  AbortError: 'mic.device_failed',
  OverconstrainedError: 'mic.stale_device',
  SecurityError: 'mic.insecure_context',
  TypeError: 'mic.insecure_context',
};

/** `NotAllowedError: Permission dismissed`, of older tools the name alone. */
function microphoneFailure(text: string): Untimed {
  const [name = '', ...rest] = text.split(': ');
  const message = rest.join(': ');
  return {
    type: 'mic.failed',
    code: particular(message) ?? FAILURES[name] ?? 'mic.device_failed',
    name: name.slice(0, 64),
    ...(message === '' ? {} : { message }),
  };
}

/** What Chromium says besides the name. */
function particular(message: string): ErrorCode | undefined {
  if (/dismissed/i.test(message)) return 'mic.prompt_dismissed';
  if (/by system/i.test(message)) return 'mic.denied_by_system';
  return undefined;
}
