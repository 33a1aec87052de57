import { ByteReader, ByteWriter } from '@earshot/base';

/**
 * A piece of a handshake message (RFC 6347 section 4.2.2):
 *
 *   msg_type (1) | length (3) | message_seq (2) | fragment_offset (3) | fragment_length (3) | body
 */
export interface HandshakeFragment {
  readonly type: number;
  /** Of the whole message, in bytes. */
  readonly length: number;
  readonly messageSeq: number;
  readonly offset: number;
  readonly body: Uint8Array;
}

export interface HandshakeMessage {
  readonly type: number;
  readonly messageSeq: number;
  readonly body: Uint8Array;
}

export const FRAGMENT_HEADER_BYTES = 12;

/** The fragments in a handshake record as views. The first that does not fit drops itself and what follows. */
export function readFragments(content: Uint8Array): HandshakeFragment[] {
  const fragments: HandshakeFragment[] = [];
  const reader = new ByteReader(content);
  while (reader.remaining >= FRAGMENT_HEADER_BYTES) {
    const type = reader.u8();
    const length = reader.u24();
    const messageSeq = reader.u16();
    const offset = reader.u24();
    const body = reader.vector(3);
    if (reader.failed || offset + body.length > length) break;
    fragments.push({ type, length, messageSeq, offset, body });
  }
  return fragments;
}

export function writeFragment({ type, length, messageSeq, offset, body }: HandshakeFragment): Uint8Array {
  return new ByteWriter(FRAGMENT_HEADER_BYTES + body.length)
    .u8(type)
    .u24(length)
    .u16(messageSeq)
    .u24(offset)
    .vector(3, body)
    .finish();
}

/** The message as if sent in one fragment: what the handshake hash covers (RFC 6347 section 4.2.6). */
export const encodeMessage = ({ type, messageSeq, body }: HandshakeMessage): Uint8Array =>
  writeFragment({ type, length: body.length, messageSeq, offset: 0, body });
