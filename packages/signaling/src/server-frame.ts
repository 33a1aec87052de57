import { err, fault, ok, type Result } from '@earshot/base';
import type { ServerFrame } from './frames.js';
import { LIMITS } from './protocol.js';

const TYPES: ReadonlySet<unknown> = new Set(['welcome', 'message', 'ack', 'ping', 'pong', 'error', 'bye']);

/**
 * Reads a frame in the browser. The browser trusts the gateway it chose, so this checks the envelope only and costs a
 * page no schema library; the gateway checks everything (`@earshot/signaling/schema`).
 */
export function readServerFrame(text: string): Result<ServerFrame> {
  if (text.length > LIMITS.frameBytes) return err(fault('signaling.message_too_large'));
  const value = parseJson(text);
  if (isServerFrame(value)) return ok(value);
  return err(fault('signaling.bad_message', 'not a frame of earshot.v1'));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isServerFrame(value: unknown): value is ServerFrame {
  if (typeof value !== 'object' || value === null || !('type' in value) || !TYPES.has(value.type)) return false;
  switch (value.type) {
    case 'welcome':
      return 'sessionId' in value && 'received' in value && Number.isSafeInteger(value.received);
    case 'message':
      return (
        'seq' in value &&
        'ack' in value &&
        'message' in value &&
        isTyped(value.message) &&
        areCounts(value.seq, value.ack)
      );
    case 'ack':
      return 'ack' in value && areCounts(value.ack);
    case 'error':
      return 'fault' in value && typeof value.fault === 'object' && value.fault !== null && 'code' in value.fault;
    default:
      return true;
  }
}

const isTyped = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

const areCounts = (...values: readonly unknown[]): boolean =>
  values.every((value) => Number.isSafeInteger(value) && Number(value) >= 0);
