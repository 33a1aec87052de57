import { describeFault, type Fault } from '@earshot/base';
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from './config/schema.js';

export type Log = Logger;

/** What parts need of it that may also run in a thread of their own, from where records are handed to the main thread. */
export interface PlainLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * One JSON record a line on standard output. What belongs to a call carries `callId`. Levels: error, somebody must act;
 * warn, a call or a page suffered; info, the life of calls and of the server; debug, every message; trace, packets.
 * Personal data travels as `Pii` and prints redacted; control characters are escaped by JSON.
 */
export function createLog(level: Config['log']['level'], destination?: DestinationStream): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** A fault as log fields. */
export const faultFields = (fault: Fault): { code: string; fault: string } => ({
  code: fault.code,
  fault: describeFault(fault),
});
