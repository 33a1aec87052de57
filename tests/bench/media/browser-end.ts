import { type Certificate, type IceCredentials, type TransportAddress, toHex } from '@earshot/base';
import { nodeCrypto } from '@earshot/crypto';
import { DtlsClient } from '../../../packages/webrtc/src/dtls/testing/dtls-client.js';
import { SrtpReceiver, SrtpSender } from '../../../packages/webrtc/src/srtp/index.js';
import { BROWSER, printCheck, readAnswer } from '../../../packages/webrtc/src/testing/checks.js';
import type { LoadLeg } from './leg.js';

const POLL_MS = 2;
/** On loopback a check is lost only while the gateway's end is still being opened. */
const CHECK_AGAIN_MS = 50;
const GIVE_UP_MS = 10_000;

/** The generator's own credentials towards a lite agent, which never checks back. */
export const BROWSER_ICE = BROWSER;

export interface SrtpPair {
  readonly sender: SrtpSender;
  readonly receiver: SrtpReceiver;
}

/** What a browser does at its end of a call: ICE checks, then the DTLS handshake for the SRTP keys. */
export class BrowserEnd {
  readonly #leg: LoadLeg;
  readonly #peer: TransportAddress;
  readonly #ice: IceCredentials;
  readonly #dtls: DtlsClient;
  #answered = false;

  /** `ice`: the credentials of the gateway's end. */
  constructor(leg: LoadLeg, peer: TransportAddress, ice: IceCredentials, certificate: Certificate) {
    this.#leg = leg;
    this.#peer = peer;
    this.#ice = ice;
    this.#dtls = new DtlsClient({ crypto: nodeCrypto, certificate });
    leg.onControl = (packet) => this.#receive(packet);
  }

  /** A check that nominates its pair, and keeps consent (RFC 7675). */
  check(): void {
    const transactionId = nodeCrypto.randomBytes(12);
    this.#leg.send(printCheck({ to: this.#ice, useCandidate: true, transactionId }));
  }

  #receive(packet: Buffer): void {
    const first = packet[0] ?? 255;
    if (first < 4) {
      if (this.#answered || readAnswer(packet, this.#ice).class !== 'success') return;
      this.#answered = true;
      this.#sendAll(this.#dtls.start(performance.now()));
    } else if (first >= 20 && first < 64) {
      this.#sendAll(this.#dtls.receive(performance.now(), packet));
    }
  }

  #sendAll(datagrams: readonly Uint8Array[]): void {
    for (const datagram of datagrams) this.#leg.send(datagram);
  }

  /** Connects the leg and resolves with the SRTP contexts once the handshake is complete. */
  async connect(): Promise<SrtpPair> {
    await this.#leg.connect(this.#peer);
    const deadline = performance.now() + GIVE_UP_MS;
    let checkAt = 0;
    while (this.#dtls.keys === undefined) {
      const now = performance.now();
      if (!this.#answered && now >= checkAt) {
        this.check();
        checkAt = now + CHECK_AGAIN_MS;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (now > deadline) throw new Error(`no keys: ${this.#answered ? 'DTLS' : 'ICE'} ${this.#dtls.alerts.join(',')}`);
      const { nextTimeout } = this.#dtls;
      if (nextTimeout !== undefined && now >= nextTimeout) this.#sendAll(this.#dtls.handleTimeout(now));
    }
    const { profile, local, remote } = this.#dtls.keys;
    return {
      sender: new SrtpSender(nodeCrypto, profile, local.key, local.salt),
      receiver: new SrtpReceiver(nodeCrypto, profile, remote.key, remote.salt),
    };
  }
}

/** Fresh credentials for the gateway's end of a call (RFC 8839 section 5.4). */
export const makeIce = (): IceCredentials => ({
  ufrag: toHex(nodeCrypto.randomBytes(4)),
  pwd: toHex(nodeCrypto.randomBytes(12)),
});
