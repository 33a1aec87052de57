import { type ErrorCode, type Fault, fault } from '@earshot/base';
import type { MicrophoneContext } from './browser.js';

/** The parts of a DOMException that tell causes apart. */
export interface MicrophoneRejection {
  readonly name: string;
  readonly message: string;
}

/**
 * Names the cause of a rejected getUserMedia (Media Capture and Streams, section 10.2). Browsers agree on the names of
 * the exceptions; only the messages, and what surrounds the page, tell one refusal from another.
 */
export function nameMicrophoneError({ name, message }: MicrophoneRejection, context: MicrophoneContext): Fault {
  return fault(codeOf(name, message, context), message === '' ? name : `${name}: ${message}`);
}

function codeOf(name: string, message: string, context: MicrophoneContext): ErrorCode {
  if (!context.secure) return 'mic.insecure_context';
  if (!context.offered) return 'mic.in_app_browser';
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'SecurityError':
      if (context.allowedByPolicy === false) return 'mic.blocked_by_iframe_policy';
      if (/by system/i.test(message)) return 'mic.denied_by_system';
      if (/dismissed/i.test(message)) return 'mic.prompt_dismissed';
      return 'mic.denied_by_user';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
      // Firefox on macOS says "not found" when the system's privacy settings hide a microphone that it lists.
      return (context.listed ?? 0) > 0 ? 'mic.denied_by_system' : 'mic.not_found';
    case 'NotReadableError':
    case 'TrackStartError':
      return 'mic.device_busy';
    case 'OverconstrainedError':
    case 'ConstraintNotSatisfiedError':
      return 'mic.stale_device';
    default:
      return 'mic.device_failed';
  }
}

/** Reads whatever was thrown. */
export function asRejection(thrown: unknown): MicrophoneRejection {
  if (typeof thrown !== 'object' || thrown === null) return { name: 'Error', message: String(thrown) };
  const name = 'name' in thrown ? String(thrown.name) : 'Error';
  const message = 'message' in thrown ? String(thrown.message) : '';
  return { name, message };
}
