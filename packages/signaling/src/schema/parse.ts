import { err, fault, ok, type Result } from '@earshot/base';
import type { z } from 'zod';
import type { ClientFrame, ServerFrame } from '../frames.js';
import { LIMITS } from '../protocol.js';
import { clientFrameSchema } from './client-frame.js';
import { serverFrameSchema } from './server-frame.js';

/** Reads one frame of a browser. Faults: signaling.message_too_large, signaling.bad_message with the path of the first mistake. */
export const parseClientFrame = (text: string): Result<ClientFrame> => parse(clientFrameSchema, text);

/** Reads one frame of a gateway, as strictly. */
export const parseServerFrame = (text: string): Result<ServerFrame> => parse(serverFrameSchema, text);

function parse<Frame>(schema: z.ZodType<Frame>, text: string): Result<Frame> {
  if (text.length > LIMITS.frameBytes)
    return err(fault('signaling.message_too_large', `at most ${LIMITS.frameBytes} bytes`));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err(fault('signaling.bad_message', 'not JSON'));
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const where = issue?.path.map(String).join('.') ?? '';
  return err(
    fault('signaling.bad_message', issue?.message.slice(0, LIMITS.textLength), where === '' ? undefined : where),
  );
}
