import { err, fault, ok, type Result } from '@earshot/base';
import type { ServerFrame } from './frames.js';
import { LIMITS } from './protocol.js';

/** What a frame of each type cannot do without: counts. */
const COUNTS: Readonly<Record<ServerFrame['type'], readonly string[]>> = {
  welcome: ['received'],
  message: ['seq', 'ack'],
  ack: ['ack'],
  ping: [],
  pong: [],
  error: [],
  bye: [],
};

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

/** Anything: its members are looked for, and may be missing. */
type Unread = { readonly [name: string]: unknown } | null | undefined;

function isServerFrame(value: unknown): value is ServerFrame {
  const frame = value as Unread;
  const type = frame?.type;
  if (typeof type !== 'string' || !Object.hasOwn(COUNTS, type)) return false;
  if (type === 'welcome' && typeof frame?.sessionId !== 'string') return false;
  if (type === 'message' && typeof (frame?.message as Unread)?.type !== 'string') return false;
  if (type === 'error' && typeof (frame?.fault as Unread)?.code !== 'string') return false;
  return COUNTS[type as ServerFrame['type']].every((name) => {
    const count = frame?.[name];
    return Number.isSafeInteger(count) && Number(count) >= 0;
  });
}
