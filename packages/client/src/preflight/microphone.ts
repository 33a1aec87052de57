import { checkPermission } from '../devices/permission.js';
import { asRejection, nameMicrophoneError } from '../microphone-error.js';
import { systemBrowser } from '../system-browser.js';
import { type Findings, now, pause, problemOf } from './step.js';
import type { MicrophoneFigures } from './types.js';

/** How long the microphone is listened to, and how often, in ms. */
const [LISTEN, EVERY] = [1_200, 50];
/** Root mean square that no open microphone stays below: digital silence. */
const SILENCE = 1e-5;

export interface MicrophoneFindings extends Findings<MicrophoneFigures> {
  /** For whoever goes on with it, who also stops it. */
  readonly stream?: MediaStream;
}

/** First without asking anybody, then by opening it. */
export async function probeMicrophone(
  constraints: MediaTrackConstraints,
  signal: AbortSignal,
): Promise<MicrophoneFindings> {
  const browser = systemBrowser();
  const context = await browser.microphoneContext();
  const { state: permission, code } = checkPermission(context);
  const figures: MicrophoneFigures = { permission };
  if (code !== undefined) return { figures, problems: [problemOf('microphone', { code }, true)] };
  const asked = now();
  const opening = browser.getUserMedia({ audio: constraints });
  let stream: MediaStream;
  try {
    const given = await Promise.race([opening, aborted(signal)]);
    if (given === undefined) {
      // Should the person still say yes, nobody listens.
      opening.then(release, () => undefined);
      return { figures, problems: [] };
    }
    stream = given;
  } catch (error) {
    const byId = constraints.deviceId !== undefined;
    const why = nameMicrophoneError(asRejection(error), { ...context, tookMs: now() - asked, byId });
    return { figures, problems: [problemOf('microphone', why, true)] };
  }
  const label = stream.getAudioTracks()[0]?.label ?? '';
  const level = await loudest(stream, signal);
  const found = {
    ...figures,
    ...(label === '' ? {} : { label }),
    ...(level === undefined ? {} : { level }),
  };
  const silent = level !== undefined && level < SILENCE && !signal.aborted;
  const why = { code: 'mic.silent', ...(label === '' ? {} : { where: label }) } as const;
  return { stream, figures: found, problems: silent ? [problemOf('microphone', why, false)] : [] };
}

export function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

async function loudest(stream: MediaStream, signal: AbortSignal): Promise<number | undefined> {
  const meter = systemBrowser().createMeter(stream);
  let level: number | undefined;
  const until = now() + LISTEN;
  while (meter !== undefined && now() < until && !signal.aborted) {
    await pause(EVERY, signal);
    const heard = meter.level();
    if (heard !== undefined) level = Math.max(level ?? 0, heard);
  }
  meter?.close();
  return level;
}

/** Sound that says nothing, for a call without a microphone. */
export function silence(): { readonly stream: MediaStream; close(): void } {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const { stream } = destination;
  // Without a source nothing is sent at all.
  const source = new ConstantSourceNode(context, { offset: 0 });
  source.connect(destination);
  source.start();
  return {
    stream,
    close: () => {
      release(stream);
      void context.close();
    },
  };
}
