import { type ErrorCode, type Fault, fault } from '@earshot/base';
import type { MicrophoneContext } from './browser.js';
import { obstacle } from './devices/permission.js';
import { optional } from './evidence/printable.js';

/** The parts of a DOMException that tell causes apart. */
export interface MicrophoneRejection {
  readonly name: string;
  readonly message: string;
  /** Of an OverconstrainedError. */
  readonly constraint?: string;
}

/** What was known before the question, and how the question went. */
export interface QuestionContext extends MicrophoneContext {
  readonly tookMs: number;
  /** A microphone was asked for by its remembered id. */
  readonly byId: boolean;
}

/** In ms: nobody reads and answers a prompt within this time, so none was shown. */
const NO_PROMPT = 150;

/**
 * Names the cause of a rejected getUserMedia (Media Capture and Streams, section 10.2). Browsers agree on the names of
 * the exceptions; only the messages, and what was known before, tell one refusal from another.
 */
export function nameMicrophoneError(rejection: MicrophoneRejection, context: QuestionContext): Fault {
  const { name, message } = rejection;
  return fault(codeOf(rejection, context), message === '' ? name : `${name}: ${message}`);
}

function codeOf({ name, message, constraint }: MicrophoneRejection, context: QuestionContext): ErrorCode {
  const known = obstacle(context);
  if (!context.secure || !context.offered) return known ?? 'mic.in_app_browser';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return codeOfRefusal(message, context, known);
    case 'NotFoundError':
      if ((context.listed ?? 0) === 0) return 'mic.not_found';
      // Firefox on macOS says "not found" when the system's privacy settings hide a microphone that it lists.
      return context.byId ? 'mic.stale_device' : 'mic.denied_by_system';
    case 'NotReadableError':
      // Chromium has its own words for it; Firefox cannot tell the privacy settings of Windows from another program.
      if (/by system/i.test(message) || (context.os === 'Windows' && /allocate/i.test(message)))
        return 'mic.denied_by_system';
      return 'mic.device_busy';
    case 'OverconstrainedError':
      return context.byId || /^(deviceId|groupId)$/.test(constraint ?? '') ? 'mic.stale_device' : 'mic.device_failed';
    default:
      return 'mic.device_failed';
  }
}

function codeOfRefusal(message: string, context: QuestionContext, known: ErrorCode | undefined): ErrorCode {
  const { permission, managed, inApp, tookMs } = context;
  if (known === 'mic.blocked_by_iframe_policy') return known;
  if (/by system/i.test(message)) return 'mic.denied_by_system';
  if (/dismissed/i.test(message)) return 'mic.prompt_dismissed';
  const unasked = tookMs < NO_PROMPT;
  // The app around the page refuses in the person's place.
  if (inApp && unasked && permission !== 'denied') return 'mic.in_app_browser';
  // Allowed for this page, and refused all the same.
  if (permission === 'granted') return 'mic.denied_by_system';
  const blocked = permission === 'denied' || (permission === undefined && unasked);
  if (blocked) return managed ? 'mic.denied_by_policy' : 'mic.blocked_earlier';
  return 'mic.denied_by_user';
}

/** Reads whatever was thrown. */
export function asRejection(thrown: unknown): MicrophoneRejection {
  const { name = 'Error', message = String(thrown), constraint } = Object(thrown) as Partial<MicrophoneRejection>;
  return { name, message, ...optional('constraint', constraint) };
}
