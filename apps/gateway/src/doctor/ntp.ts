import { createSocket } from 'node:dgram';
import { err, fault, ok, type Result } from '@earshot/base';

/**
 * SNTP (RFC 5905 section 14): one packet to a time server, one back.
 *
 *   | LI 2, VN 3, mode 3 | stratum | poll | precision |   root delay   |   root dispersion   |   reference id   |
 *   | reference timestamp | origin timestamp | receive timestamp | transmit timestamp |      (each 64 bits)
 */
const LENGTH = 48;
const VERSION_4_CLIENT = 0x23;
const MODE_SERVER = 4;
/** A clock that is not set; 0 is a refusal (RFC 5905 section 7.4). */
const STRATUM_UNSYNCHRONIZED = 16;
const [ORIGIN, RECEIVE, TRANSMIT] = [24, 32, 40] as const;

/** Seconds from 1900, where NTP begins, to 1970. */
const EPOCH = 2_208_988_800;
const ERA = 2 ** 32;

const DEADLINE_MS = 3_000;
const REPEAT_MS = 1_000;

export interface ClockReading {
  /** How much this machine's clock is behind the server's, in ms; negative: ahead. */
  readonly offsetMs: number;
  readonly roundTripMs: number;
  readonly stratum: number;
}

/** Faults: `server.time_unavailable`. `address` is numeric. */
export async function askNtp(address: string, port: number): Promise<Result<ClockReading>> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  let request = printRequest(0);
  let sentAt = 0;
  const send = (): void => {
    sentAt = Date.now();
    request = printRequest(sentAt);
    socket.send(request);
  };
  try {
    return await new Promise<Result<ClockReading>>((resolve) => {
      const repeating = setInterval(send, REPEAT_MS);
      const settle = (outcome: Result<ClockReading>): void => {
        clearInterval(repeating);
        clearTimeout(overdue);
        resolve(outcome);
      };
      const overdue = setTimeout(() => settle(err(fault('server.time_unavailable', 'no answer'))), DEADLINE_MS);
      socket.on('error', (error: NodeJS.ErrnoException) => {
        settle(err(fault('server.time_unavailable', error.code ?? error.message)));
      });
      socket.on('message', (answer) => {
        const reading = readAnswer(answer, request, sentAt, Date.now());
        if (reading !== undefined) settle(reading);
      });
      socket.connect(port, address, (error?: Error) => {
        if (error === undefined) send();
        else settle(err(fault('server.time_unavailable', (error as NodeJS.ErrnoException).code)));
      });
    });
  } finally {
    socket.close();
  }
}

export function printRequest(now: number): Buffer {
  const request = Buffer.alloc(LENGTH);
  request[0] = VERSION_4_CLIENT;
  writeTime(request, TRANSMIT, now);
  return request;
}

/** Undefined for what answers another request, or none. */
export function readAnswer(
  answer: Buffer,
  request: Buffer,
  sentAt: number,
  receivedAt: number,
): Result<ClockReading> | undefined {
  if (answer.length < LENGTH || ((answer[0] ?? 0) & 7) !== MODE_SERVER) return undefined;
  if (!answer.subarray(ORIGIN, ORIGIN + 8).equals(request.subarray(TRANSMIT, TRANSMIT + 8))) return undefined;
  const stratum = answer[1] ?? 0;
  if (stratum === 0) return err(fault('server.time_unavailable', `refused: ${answer.toString('latin1', 12, 16)}`));
  if (stratum >= STRATUM_UNSYNCHRONIZED) return err(fault('server.time_unavailable', 'the server has no time itself'));
  const serverReceived = readTime(answer, RECEIVE);
  const serverSent = readTime(answer, TRANSMIT);
  // RFC 5905 section 8: theta and delta.
  const offsetMs = (serverReceived - sentAt + (serverSent - receivedAt)) / 2;
  return ok({ offsetMs, roundTripMs: receivedAt - sentAt - (serverSent - serverReceived), stratum });
}

export function writeTime(bytes: Buffer, at: number, ms: number): void {
  const seconds = Math.floor(ms / 1000);
  bytes.writeUInt32BE((seconds + EPOCH) % ERA, at);
  bytes.writeUInt32BE(Math.floor(((ms - seconds * 1000) / 1000) * ERA), at + 4);
}

/** In the era that began in 2036 the seconds count from zero again. */
export function readTime(bytes: Buffer, at: number): number {
  const raw = bytes.readUInt32BE(at);
  const seconds = raw < EPOCH ? raw + ERA - EPOCH : raw - EPOCH;
  return seconds * 1000 + (bytes.readUInt32BE(at + 4) / ERA) * 1000;
}
