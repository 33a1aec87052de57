import type { ServerFrame } from '@earshot/signaling';
import type { SessionSocket } from '../sessions/session.js';

/** A WebSocket that keeps what was sent, and is read or not as a test likes. */
export class FakeSocket implements SessionSocket {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly frames: ServerFrame[] = [];
  pings = 0;
  closed: { readonly code: number; readonly reason: string } | 'terminated' | undefined;
  onFrame: (frame: ServerFrame) => void = () => {};

  send(text: string): void {
    const frame: ServerFrame = JSON.parse(text);
    this.frames.push(frame);
    this.onFrame(frame);
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number, reason: string): void {
    this.readyState = 2;
    this.closed = { code, reason };
  }

  terminate(): void {
    this.readyState = 2;
    this.closed = 'terminated';
  }
}
