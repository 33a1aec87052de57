import type { IceCredentials, TransportAddress, WebRtcRemote } from '@earshot/base';
import { MEDIA_NOT_READY, type SessionCounters, type SessionOutput, type WebRtcSessionOptions } from './types.js';

/** One WebRTC transport: ICE-lite, DTLS server and SRTP behind one socket (RFC 8445, 5764, 3711, 7983). */
export class WebRtcSession {
  readonly #options: WebRtcSessionOptions;
  readonly counters: Readonly<SessionCounters> = {
    dtlsNotValidated: 0,
    mediaNotValidated: 0,
    mediaNotReady: 0,
    mediaRefused: 0,
    unexpected: 0,
  };
  nextTimeout: number | undefined;
  remote: TransportAddress | undefined;

  constructor(options: WebRtcSessionOptions) {
    this.#options = options;
  }

  setRemote(_now: number, _remote: WebRtcRemote): SessionOutput[] {
    return [];
  }

  restart(_now: number, _ice: IceCredentials): SessionOutput[] {
    return [];
  }

  receive(_now: number, _datagram: Uint8Array, _from: TransportAddress): SessionOutput[] {
    return [];
  }

  handleTimeout(_now: number): SessionOutput[] {
    return [];
  }

  close(_now: number): SessionOutput[] {
    return [];
  }

  localUfrags(): readonly string[] {
    return [this.#options.ice.ufrag];
  }

  isValidated(_from: TransportAddress): boolean {
    return false;
  }

  unprotectRtp(_packet: Uint8Array, _length: number, _from: TransportAddress): number {
    return MEDIA_NOT_READY;
  }

  unprotectRtcp(_packet: Uint8Array, _length: number, _from: TransportAddress): number {
    return MEDIA_NOT_READY;
  }

  protectRtp(_packet: Uint8Array, _length: number): number {
    return MEDIA_NOT_READY;
  }

  protectRtcp(_packet: Uint8Array, _length: number): number {
    return MEDIA_NOT_READY;
  }
}
