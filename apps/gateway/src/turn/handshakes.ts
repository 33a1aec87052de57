import { formatAddress, type TransportAddress } from '@earshot/base';

/** Handshakes under way: of one address, and of all. What has ended its handshake is counted as a connection elsewhere. */
const MOST_OF_ONE = 64;
const MOST = 1024;

/** TLS handshakes cost the server much and the client little: so many may be under way, and no more. */
export class Handshakes {
  readonly #byAddress = new Map<string, number>();
  readonly #remotes = new Set<string>();

  /** False: there are too many. */
  begin(remote: TransportAddress): boolean {
    const ofOne = this.#byAddress.get(remote.address) ?? 0;
    if (ofOne >= MOST_OF_ONE || this.#remotes.size >= MOST) return false;
    this.#byAddress.set(remote.address, ofOne + 1);
    this.#remotes.add(formatAddress(remote));
    return true;
  }

  /** It is complete, or has failed. Said twice of one, the second time says nothing. */
  end(remote: TransportAddress): void {
    if (!this.#remotes.delete(formatAddress(remote))) return;
    const left = (this.#byAddress.get(remote.address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(remote.address, left);
    else this.#byAddress.delete(remote.address);
  }
}
