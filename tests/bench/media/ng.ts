import { createSocket, type Socket } from 'node:dgram';

/** A bencoded value as rtpengine's NG protocol uses them. */
export type Bencoded = string | number | readonly Bencoded[] | { readonly [key: string]: Bencoded };

export function bencode(value: Bencoded): string {
  if (typeof value === 'number') return `i${value}e`;
  if (typeof value === 'string') return `${Buffer.byteLength(value)}:${value}`;
  if (isList(value)) return `l${value.map(bencode).join('')}e`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `d${entries.map(([key, item]) => bencode(key) + bencode(item)).join('')}e`;
}

const isList = (value: Bencoded): value is readonly Bencoded[] => Array.isArray(value);

/** Reads one bencoded value. Throws on anything else: the peer is known. */
export function bdecode(bytes: Buffer): Bencoded {
  let offset = 0;
  const until = (mark: string): string => {
    const end = bytes.indexOf(mark, offset);
    if (end < 0) throw new Error('bencoding ends early');
    const text = bytes.toString('utf8', offset, end);
    offset = end + 1;
    return text;
  };
  const read = (): Bencoded => {
    const kind = String.fromCharCode(bytes[offset] ?? 0);
    if (kind === 'i') {
      offset += 1;
      return Number(until('e'));
    }
    if (kind === 'l' || kind === 'd') {
      offset += 1;
      const items: Bencoded[] = [];
      while (bytes[offset] !== 0x65) items.push(read());
      offset += 1;
      if (kind === 'l') return items;
      return Object.fromEntries(pairs(items));
    }
    const length = Number(until(':'));
    const text = bytes.toString('utf8', offset, offset + length);
    offset += length;
    return text;
  };
  return read();
}

function* pairs(items: readonly Bencoded[]): Generator<[string, Bencoded]> {
  for (let index = 0; index + 1 < items.length; index += 2) yield [String(items[index]), items[index + 1] ?? ''];
}

type Dictionary = { readonly [key: string]: Bencoded };

/** rtpengine's control protocol: `COOKIE BENCODED` over UDP, answered with the same cookie. */
export class NgClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, (reply: Dictionary) => void>();
  #cookie = 0;

  constructor(port: number) {
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (message) => {
      const space = message.indexOf(' ');
      const reply = bdecode(message.subarray(space + 1));
      const settle = this.#waiting.get(message.toString('latin1', 0, space));
      if (typeof reply === 'object' && !isList(reply)) settle?.(reply);
    });
    // Port unreachable while the daemon starts.
    this.#socket.on('error', () => undefined);
    this.#socket.connect(port, '127.0.0.1');
  }

  /** Sends a command, again after 500 ms without an answer. Throws when the answer is an error, or after 10 s. */
  async request(command: Dictionary): Promise<Dictionary> {
    this.#cookie += 1;
    const cookie = `c${this.#cookie}`;
    const message = `${cookie} ${bencode(command)}`;
    try {
      const reply = await new Promise<Dictionary>((resolve, reject) => {
        const send = (): void => this.#socket.send(message, () => undefined);
        const resend = setInterval(send, 500);
        const giveUp = setTimeout(() => reject(new Error('rtpengine does not answer')), 10_000);
        this.#waiting.set(cookie, (answer) => {
          clearInterval(resend);
          clearTimeout(giveUp);
          resolve(answer);
        });
        setTimeout(send, 0);
      });
      if (reply.result === 'error') throw new Error(`rtpengine: ${String(reply['error-reason'])}`);
      return reply;
    } finally {
      this.#waiting.delete(cookie);
    }
  }

  close(): void {
    this.#socket.close();
  }
}
