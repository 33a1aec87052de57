import { sameAddress, type TransportAddress } from '@earshot/base';

/** Packets in a row that another source must send, while the signalled one is silent, to be taken for the remote. */
const LATCH_PACKETS = 3;

/** `waiting`: not yet. `moved`: accepted, and the remote is another one than before. */
export type LockVerdict = 'accepted' | 'moved' | 'waiting' | 'foreign';

/**
 * Who the remote of a plain RTP leg is (symmetric RTP, RFC 4961). Nothing authenticates RTP, so an address is learnt
 * once: the signalled one as soon as it speaks, else the first other that keeps sending valid RTP while the signalled
 * one is silent (a phone behind NAT). A third is never believed; the signalled one always is, since signalling named it.
 */
export class RemoteLock {
  /** Where we send. */
  current: TransportAddress;
  /** True once the remote has spoken. */
  locked = false;
  /** Valid RTP from elsewhere, dropped. */
  foreignPackets = 0;
  readonly #signalled: TransportAddress;
  #candidate: TransportAddress | undefined;
  #candidateSsrc = 0;
  #candidateNext = 0;
  #inRow = 0;

  constructor(signalled: TransportAddress) {
    this.#signalled = signalled;
    this.current = signalled;
  }

  /** True when `current` is the signalled address and has spoken: nothing can change any more. */
  get final(): boolean {
    return this.locked && this.current === this.#signalled;
  }

  /** Judges a packet that is RTP of a negotiated payload type. */
  judge(from: TransportAddress, ssrc: number, sequence: number): LockVerdict {
    if (this.locked && sameAddress(from, this.current)) return 'accepted';
    if (sameAddress(from, this.#signalled)) return this.#lock(this.#signalled);
    if (this.locked || !this.#follows(from, ssrc, sequence)) {
      this.foreignPackets += 1;
      return this.locked ? 'foreign' : 'waiting';
    }
    return this.#lock({ address: from.address, port: from.port });
  }

  #lock(remote: TransportAddress): LockVerdict {
    const moved = remote !== this.current;
    this.current = remote;
    this.locked = true;
    return moved ? 'moved' : 'accepted';
  }

  #follows(from: TransportAddress, ssrc: number, sequence: number): boolean {
    const same = this.#candidate !== undefined && sameAddress(from, this.#candidate) && ssrc === this.#candidateSsrc;
    if (same && sequence === this.#candidateNext) {
      this.#inRow += 1;
    } else {
      this.#candidate = { address: from.address, port: from.port };
      this.#candidateSsrc = ssrc;
      this.#inRow = 1;
    }
    this.#candidateNext = (sequence + 1) & 0xffff;
    return this.#inRow >= LATCH_PACKETS;
  }
}
