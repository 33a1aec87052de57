import type { Fingerprint } from '@earshot/base';
import type { DtlsOutput, DtlsServerOptions, DtlsState } from './types.js';

/** The server side of one DTLS 1.2 association for SRTP (RFC 6347, RFC 5764). */
export class DtlsServer {
  readonly options: DtlsServerOptions;
  state: DtlsState = 'new';
  nextTimeout: number | undefined;

  constructor(options: DtlsServerOptions) {
    this.options = options;
  }

  setRemoteFingerprints(_now: number, _fingerprints: readonly Fingerprint[]): DtlsOutput[] {
    return [];
  }

  receive(_now: number, _datagram: Uint8Array): DtlsOutput[] {
    return [];
  }

  handleTimeout(_now: number): DtlsOutput[] {
    return [];
  }

  close(_now: number): DtlsOutput[] {
    return [];
  }
}
