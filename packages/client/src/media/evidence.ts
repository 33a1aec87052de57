import { LIMITS } from '@earshot/signaling';
import type { BrowserEvent, CandidateFacts } from '@earshot/telemetry';
import type { Browser, CandidateError, PeerConnection } from '../browser.js';
import { turnTransport } from './ice-settings.js';

/** In milliseconds: what happens together travels together. */
const PACE = { first: 250, change: 1_000 } as const;

const GATHERING: ReadonlySet<BrowserEvent['type']> = new Set(['ice.gathering', 'ice.candidate', 'ice.candidate_error']);

export type Untimed<Event> = Event extends unknown ? Omit<Event, 'atMs'> : never;

/** What the browser sees of its way to the gateway, told to the gateway in few messages. */
export class Evidence {
  readonly #browser: Browser;
  readonly #send: (events: readonly BrowserEvent[]) => void;
  readonly #startedAt: number;
  readonly #events: BrowserEvent[] = [];
  #told = 0;
  #open = false;
  #cancel: (() => void) | undefined;

  /** `startedAt`: when the call was asked for. */
  constructor(browser: Browser, startedAt: number, send: (events: readonly BrowserEvent[]) => void) {
    this.#browser = browser;
    this.#send = send;
    this.#startedAt = startedAt;
  }

  /** Everything so far, told or not. */
  get events(): readonly BrowserEvent[] {
    return this.#events;
  }

  watch(peer: PeerConnection): void {
    peer.addEventListener('icegatheringstatechange', () =>
      this.note({ type: 'ice.gathering', state: peer.iceGatheringState }),
    );
    peer.addEventListener('connectionstatechange', () =>
      this.note({ type: 'ice.connection', state: peer.connectionState }),
    );
    peer.addEventListener('icecandidate', ({ candidate }) => {
      const facts = readCandidate(candidate?.candidate ?? '', candidate?.url ?? '');
      if (facts !== undefined) this.note({ type: 'ice.candidate', candidate: facts });
    });
    peer.addEventListener('icecandidateerror', (error) => {
      // Only relays are told of: what a STUN server does not answer is no loss, for the gateway learns addresses itself.
      if (error.url.startsWith('turn')) this.note({ type: 'ice.candidate_error', ...readError(error) });
    });
  }

  /** Past the limit of a call nothing is noted any more; what gathering says again and again may use half of it. */
  note(event: Untimed<BrowserEvent>): void {
    const room = GATHERING.has(event.type) ? LIMITS.evidenceOfCall / 2 : LIMITS.evidenceOfCall;
    if (this.#events.length >= room) return;
    this.#events.push({ ...event, atMs: Math.round(this.#browser.now() - this.#startedAt) });
    if (this.#open) this.#schedule(PACE.change);
  }

  /** The gateway knows the call from here on. */
  open(): void {
    this.#open = true;
    this.#schedule(PACE.first);
  }

  /** Tells the rest at once. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    while (this.#open && this.#told < this.#events.length) {
      const batch = this.#events.slice(this.#told, this.#told + LIMITS.evidence);
      this.#told += batch.length;
      this.#send(batch);
    }
  }

  /** Nothing more is noted or told; call `flush` before for the rest. */
  stop(): void {
    this.#open = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(delay: number): void {
    this.#cancel ??= this.#browser.after(delay, () => this.flush());
  }
}

const CANDIDATE = /^(?:a=)?candidate:\S+ (\d+) (\S+) \d+ (\S+) (\d+) typ (host|srflx|prflx|relay)\b/;

/** Reads a candidate attribute. Undefined for its end, for another form, and for RTCP, which Firefox gathers too. */
export function readCandidate(text: string, url: string): CandidateFacts | undefined {
  const [, component, protocol, address, port, type] = CANDIDATE.exec(text) ?? [];
  if (component !== '1' || protocol === undefined || address === undefined || type === undefined) return undefined;
  return {
    type: type as CandidateFacts['type'],
    protocol: protocol.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
    address,
    port: Number(port),
    ...(type === 'relay' && url !== '' ? { relayProtocol: turnTransport(url) } : {}),
    ...(url === '' ? {} : { url }),
  };
}

function readError({ url, errorCode, errorText, address }: CandidateError) {
  // Whatever a server or a browser says, without what no message may carry.
  const text = errorText.replace(/\p{Cc}/gu, ' ').slice(0, LIMITS.textLength);
  return {
    url: url.slice(0, LIMITS.addressLength),
    errorCode: Math.min(999, Math.max(0, Math.trunc(errorCode))),
    ...(text.trim() === '' ? {} : { errorText: text }),
    ...(address === null || address === '' ? {} : { address }),
  };
}
