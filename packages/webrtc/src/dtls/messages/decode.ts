import { type ByteReader, err, type Fault, fault, ok, type Result } from '@earshot/base';

export const decodeError = (message: string, detail: string): Result<never, Fault> =>
  err(fault('dtls.decode_error', detail, message));

/** Gives `value` when `reader` was read to its end and never past it. */
export function whole<T>(message: string, reader: ByteReader, value: T): Result<T> {
  if (reader.failed) return decodeError(message, 'ends too early');
  if (reader.remaining > 0) return decodeError(message, `${reader.remaining} bytes too many`);
  return ok(value);
}

/** A list of 16-bit numbers; undefined when a byte is left over. */
export function readUint16List(bytes: Uint8Array): number[] | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const list: number[] = [];
  for (let at = 0; at < bytes.length; at += 2) list.push((bytes[at] as number) * 256 + (bytes[at + 1] as number));
  return list;
}

export const writeUint16List = (values: readonly number[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff]));
