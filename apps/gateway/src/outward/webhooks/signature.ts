import { createHmac } from 'node:crypto';
import type { Millis } from '@earshot/base';

/**
 * `t=SECONDS,v1=HEX`: HMAC-SHA256, keyed with the secret, of the time in seconds, a dot and the body. A receiver that
 * refuses old times cannot be sent a body again by somebody who overheard it.
 */
export function signatureOf(secret: string, timeOfDay: Millis, body: string): string {
  const seconds = Math.floor(timeOfDay / 1000);
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}
