import {
  type ClientFrame,
  type ClientMessage,
  PROTOCOL,
  type ServerFrame,
  type ServerMessage,
} from '@earshot/signaling';
import WebSocket from 'ws';

/** A bare earshot.v1 client without a browser: for what a well-behaved SDK would never send. */
export class BrowserSocket {
  readonly #socket: WebSocket;
  readonly #frames: ServerFrame[] = [];
  #changed: (() => void)[] = [];
  #sent = 0;
  closeCode: number | undefined;

  constructor(url: string, origin = url, protocol: string = PROTOCOL) {
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/earshot`, protocol, { origin });
    this.#socket.on('message', (data) => {
      this.#frames.push(JSON.parse(String(data)));
      this.#wake();
    });
    this.#socket.on('close', (code) => {
      this.closeCode = code;
      this.#wake();
    });
  }

  #wake(): void {
    const waiting = this.#changed;
    this.#changed = [];
    for (const resolve of waiting) resolve();
  }

  /** Resolves when open; rejects with the HTTP status and body of a refused upgrade. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('open', resolve);
      this.#socket.once('error', reject);
      this.#socket.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (part) => {
          body += part;
        });
        response.on('end', () => reject(new Error(`${response.statusCode} ${body}`)));
      });
    });
  }

  raw(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  frame(frame: ClientFrame): void {
    this.raw(JSON.stringify(frame));
  }

  send(message: ClientMessage): void {
    this.#sent += 1;
    this.frame({ type: 'message', seq: this.#sent, ack: 0, message });
  }

  async #wait<Found>(look: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  next<Type extends ServerFrame['type']>(type: Type): Promise<Extract<ServerFrame, { type: Type }>> {
    return this.#wait(() =>
      this.#frames.find((frame): frame is Extract<ServerFrame, { type: Type }> => frame.type === type),
    );
  }

  message<Type extends ServerMessage['type']>(
    type: Type,
    callId: string,
  ): Promise<Extract<ServerMessage, { type: Type }>> {
    const matches = (message: ServerMessage): message is Extract<ServerMessage, { type: Type }> =>
      message.type === type && 'callId' in message && message.callId === callId;
    return this.#wait(() => {
      for (const frame of this.#frames) if (frame.type === 'message' && matches(frame.message)) return frame.message;
      return undefined;
    });
  }

  /** The close code, once closed. */
  closed(): Promise<number> {
    return this.#wait(() => this.closeCode);
  }

  close(): void {
    this.#socket.terminate();
  }
}
