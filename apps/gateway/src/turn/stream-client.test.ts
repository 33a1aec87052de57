import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { StreamClient } from './stream-client.js';

/** A connection that takes a write when the test lets it. */
class Pipe extends Duplex {
  readonly written: string[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #isOpen: boolean;

  constructor(isOpen: boolean) {
    super();
    this.#isOpen = isOpen;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk.toString('latin1'));
    if (this.#isOpen) done();
    else this.#waiting.push(done);
  }

  /** Takes the write that waits. */
  async finishWrite(): Promise<void> {
    this.#waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const DATA = 0x40;
const ANSWER = 0x01;
const message = (first: number, length: number): Uint8Array => new Uint8Array(length).fill(0x20).fill(first, 0, 1);
const send = (client: StreamClient, bytes: Uint8Array): boolean => client.send(bytes, 0, bytes.length);

it('writes a part of a buffer, which may be written upon at once', () => {
  const pipe = new Pipe(false);
  const bytes = Buffer.from('..hello..');
  expect(new StreamClient(pipe, false).send(bytes, 2, 5)).toBe(true);
  bytes.fill(0);
  expect(pipe.written).toEqual(['hello']);
});

it.each([true, false])(
  'keeps little for a client that does not read, and drops the rest (one by one: %s)',
  (oneByOne) => {
    const pipe = new Pipe(false);
    const client = new StreamClient(pipe, oneByOne);
    let taken = 0;
    for (let count = 0; count < 1000; count += 1) if (send(client, message(DATA, 176))) taken += 1;
    expect(taken).toBe(Math.floor((16 << 10) / 176));
    // Nobody repeats an answer over a connection: there is more room for those.
    expect(send(client, message(ANSWER, 100))).toBe(true);
    expect(send(client, message(DATA, 100))).toBe(false);
    let answers = 0;
    while (answers < 10_000 && send(client, message(ANSWER, 100))) answers += 1;
    expect(answers).toBeLessThan((64 << 10) / 100);
  },
);

it('takes data again when the client has read', async () => {
  const pipe = new Pipe(false);
  const client = new StreamClient(pipe, true);
  while (send(client, message(DATA, 1024)));
  await pipe.finishWrite();
  expect(send(client, message(DATA, 1024))).toBe(true);
});

it('writes one message at a time over TLS, in their order', async () => {
  const pipe = new Pipe(false);
  const client = new StreamClient(pipe, true);
  for (const text of ['one', 'two', 'three']) client.send(Buffer.from(text), 0, text.length);
  expect(pipe.written).toEqual(['one']);
  await pipe.finishWrite();
  expect(pipe.written).toEqual(['one', 'two']);
  await pipe.finishWrite();
  expect(pipe.written).toEqual(['one', 'two', 'three']);
});

it('closes when its last words have left', async () => {
  const pipe = new Pipe(true);
  const client = new StreamClient(pipe, true);
  client.send(Buffer.from('bye'), 0, 3);
  client.send(Buffer.from('now'), 0, 3);
  const closed = new Promise((resolve) => pipe.once('close', resolve));
  client.close();
  await closed;
  expect(pipe.written).toEqual(['bye', 'now']);
  expect(client.send(Buffer.from('x'), 0, 1)).toBe(false);
});
