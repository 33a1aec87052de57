import { type Fault, fault, type Millis } from '@earshot/base';
import type { MediaEvent } from '../media.js';
import type { Side } from './hops.js';

/** The media events that say how far a browser came. */
type Evidence = Extract<
  MediaEvent,
  { readonly type: 'leg.check' | 'leg.ice' | 'leg.dtls' | 'leg.flight' | 'leg.partial_flight' }
>;

/** How long a browser may stay at one step. It sends its first check within 100 ms, and gives up after 15 s. */
const PATIENCE_MS = 5000;

/**
 * How far a browser came on its way to this gateway, by what the gateway saw of it, and what stopped it there:
 *
 *   none --check with our password--> checking --nomination--> connected --flights of DTLS--> secured
 *
 * Browsers may begin the handshake before they nominate.
 *
 * Each step that is not reached has a name in the error table.
 */
export class Reachability {
  #ice: 'none' | 'checking' | 'connected' | 'lost' = 'none';
  #secured = false;
  #badIntegrity = 0;
  /** Somebody outside its network has told the browser its address: UDP gets out of there. */
  #sawReflexive = false;
  /** Flights of the browser that came in full, and those of which only a part came. */
  readonly #whole = new Set<number>();
  readonly #partial = new Set<number>();
  /** When it was last described, and when it made its last step. */
  #describedAt: Millis = 0;
  #steppedAt: Millis = 0;

  /** Whether media can pass: the handshake is complete, which takes a path that works both ways, nominated yet or not. */
  get isReady(): boolean {
    return this.#secured && !this.isLost;
  }

  get isLost(): boolean {
    return this.#ice === 'lost';
  }

  /** When a verdict is due unless another step comes first. */
  get dueAt(): Millis {
    return this.#steppedAt + PATIENCE_MS;
  }

  /** How long ago it was last described, in ms. */
  sinceDescribed(now: Millis): Millis {
    return now - this.#describedAt;
  }

  /** Its description has been answered: it knows from now on where to send checks. */
  described(now: Millis): void {
    this.#describedAt = now;
    this.#steppedAt = now;
  }

  /** The browser found a candidate of this type. */
  gathered(candidate: 'host' | 'srflx' | 'prflx' | 'relay'): void {
    if (candidate === 'srflx') this.#sawReflexive = true;
  }

  take(now: Millis, event: Evidence): void {
    switch (event.type) {
      case 'leg.ice':
        // A restart checks a new path while the old one still serves, or is still lost.
        if (event.state === 'checking' && this.#ice !== 'none') return;
        if (event.state !== this.#ice) this.#steppedAt = now;
        this.#ice = event.state;
        break;
      case 'leg.check':
        if (event.outcome === 'bad-integrity') this.#badIntegrity += 1;
        break;
      case 'leg.dtls':
        this.#secured = event.state === 'connected';
        break;
      case 'leg.flight':
        if (event.direction === 'out' || this.#whole.has(event.flight)) return;
        this.#whole.add(event.flight);
        this.#steppedAt = now;
        break;
      case 'leg.partial_flight':
        this.#partial.add(event.flight);
        break;
    }
  }

  /** What keeps the browser of `side` from having a secured path; undefined when nothing does. */
  verdict(side: Side): Fault | undefined {
    if (this.isReady) return undefined;
    switch (this.#ice) {
      case 'none':
        if (this.#badIntegrity > 0) {
          return fault('ice.credential_mismatch', 'checks arrived, none of them with the password of this call', side);
        }
        // Its UDP reaches another server outside, so that not all of it is blocked: only the direct way is.
        return this.#sawReflexive
          ? fault('ice.nat_needs_relay', 'the browser knows its outer address, but no check of it arrived', side)
          : fault('ice.udp_blocked', 'no connectivity check arrived', side);
      case 'checking':
        // A browser that begins the handshake has had an answer to its checks.
        if (this.#whole.size + this.#partial.size > 0) return this.#verdictOfHandshake(side);
        return fault('ice.nat_needs_relay', 'checks arrived, but no answer got back: none was nominated', side);
      case 'lost':
        return fault('ice.consent_lost', 'the path was lost and has not come back', side);
      case 'connected':
        return this.#verdictOfHandshake(side);
    }
  }

  /** The handshake is the browser's ClientHello (flight 1), our flight 4, and the browser's flight 5. */
  #verdictOfHandshake(side: Side): Fault {
    const missing = this.#whole.has(1) ? 5 : 1;
    if (this.#whole.has(5)) return fault('dtls.timeout', 'the handshake did not finish', side);
    if (this.#partial.has(missing)) return fault('dtls.mtu_drop', `only a part of flight ${missing} arrived`, side);
    const detail = missing === 1 ? 'checks pass, but no ClientHello arrived' : 'nothing came back to flight 4';
    return fault('dtls.blackholed', detail, side);
  }
}
