import { type Crypto, concat } from '@earshot/base';
import { encodeMessage, type HandshakeMessage } from './fragment.js';

/**
 * All handshake messages of both sides so far, unfragmented (RFC 6347 section 4.2.6). The bytes are kept rather than a
 * running hash, because CertificateVerify may sign them with SHA-256, SHA-384 or SHA-512.
 */
export class Transcript {
  readonly #messages: Uint8Array[] = [];

  add(message: HandshakeMessage): void {
    this.#messages.push(encodeMessage(message));
  }

  bytes(): Uint8Array {
    return concat(...this.#messages);
  }

  sha256(crypto: Crypto): Uint8Array {
    return crypto.hash('sha256', ...this.#messages);
  }
}
