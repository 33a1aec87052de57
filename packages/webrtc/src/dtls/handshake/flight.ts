import { concat } from '@earshot/base';
import { CONTENT_TYPE } from '../record/record.js';
import type { Epoch, RecordWriter } from '../record/record-writer.js';
import { FRAGMENT_HEADER_BYTES, type HandshakeMessage, writeFragment } from './fragment.js';

/** What a flight consists of (RFC 6347 section 4.2.4); kept whole, so that it can be sent again in other fragments. */
export type FlightItem =
  | { readonly kind: 'handshake'; readonly epoch: Epoch; readonly message: HandshakeMessage }
  | { readonly kind: 'change-cipher-spec' };

const CHANGE_CIPHER_SPEC = Uint8Array.of(1);

/** A fragment with less body than this is not worth its 25 bytes of headers: it goes to the next datagram. */
const MIN_BODY_BYTES = 16;

/** Writes a flight as datagrams of at most `mtu` bytes, filling each. */
export function writeFlight(items: readonly FlightItem[], mtu: number, writer: RecordWriter): Uint8Array[] {
  const packer = new DatagramPacker(mtu);
  for (const item of items) {
    if (item.kind === 'change-cipher-spec') {
      packer.reserve(writer.overhead(0) + CHANGE_CIPHER_SPEC.length);
      packer.put(writer.write(0, CONTENT_TYPE.changeCipherSpec, CHANGE_CIPHER_SPEC));
    } else {
      putMessage(packer, writer, item.epoch, item.message);
    }
  }
  return packer.finish();
}

function putMessage(packer: DatagramPacker, writer: RecordWriter, epoch: Epoch, message: HandshakeMessage): void {
  const headers = writer.overhead(epoch) + FRAGMENT_HEADER_BYTES;
  const length = message.body.length;
  let offset = 0;
  do {
    const room = packer.reserve(headers + Math.min(length - offset, MIN_BODY_BYTES));
    const body = message.body.subarray(offset, offset + room - headers);
    const fragment = writeFragment({ type: message.type, length, messageSeq: message.messageSeq, offset, body });
    packer.put(writer.write(epoch, CONTENT_TYPE.handshake, fragment));
    offset += body.length;
  } while (offset < length);
}

class DatagramPacker {
  readonly #mtu: number;
  readonly #datagrams: Uint8Array[] = [];
  #records: Uint8Array[] = [];
  #used = 0;

  constructor(mtu: number) {
    this.#mtu = mtu;
  }

  /** Makes sure that `bytes` fit, in a new datagram if need be, and gives the room there is. */
  reserve(bytes: number): number {
    if (this.#used + bytes > this.#mtu) this.#flush();
    return this.#mtu - this.#used;
  }

  put(record: Uint8Array): void {
    this.#records.push(record);
    this.#used += record.length;
  }

  finish(): Uint8Array[] {
    this.#flush();
    return this.#datagrams;
  }

  #flush(): void {
    if (this.#records.length > 0) this.#datagrams.push(concat(...this.#records));
    this.#records = [];
    this.#used = 0;
  }
}
