import { CHANNEL_ACCEPTED_MAX, CHANNEL_MIN } from './numbers.js';

/**
 * ChannelData (RFC 8656 section 12.4):
 *
 *   |  channel number (16)  |  length of the data (16)  |
 *   |  data; over TCP and TLS padded to four bytes      |
 */
export const CHANNEL_DATA_HEADER = 4;

/** Whether a message that begins with this byte is ChannelData; STUN begins with 0 to 3. */
export const isChannelData = (firstByte: number | undefined): boolean =>
  firstByte !== undefined && firstByte >= CHANNEL_MIN >> 8 && firstByte <= CHANNEL_ACCEPTED_MAX >> 8;

/** The channel of the message at `offset`, whose four bytes are there. */
export const channelOf = (bytes: Uint8Array, offset: number): number =>
  ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);

/** The length of its data, as announced. */
export const channelDataLength = (bytes: Uint8Array, offset: number): number =>
  ((bytes[offset + 2] as number) << 8) | (bytes[offset + 3] as number);

/** Writes the four bytes of the header. */
export function writeChannelHeader(bytes: Uint8Array, offset: number, channel: number, length: number): void {
  bytes[offset] = channel >> 8;
  bytes[offset + 1] = channel & 0xff;
  bytes[offset + 2] = length >> 8;
  bytes[offset + 3] = length & 0xff;
}

/** A length with the padding that messages on a stream end with. */
export const padded = (length: number): number => (length + 3) & ~3;
