import { formatAddress, type Millis } from '@earshot/base';
import type { RelayEvent } from '@earshot/telemetry';

/** Events kept of one session, and how long they may belong to a call that is yet to be asked for. */
const MAX_EVENTS = 32;
const RECENT_MS = 10_000;

interface Remembered {
  readonly at: Millis;
  readonly event: RelayEvent;
}

/** What the relay saw of each session a moment ago. */
export class RelayMemory {
  readonly #bySession = new Map<string, Remembered[]>();

  add(tag: string, at: Millis, event: RelayEvent): void {
    const events = this.#bySession.get(tag) ?? [];
    events.push({ at, event });
    if (events.length > MAX_EVENTS) events.shift();
    this.#bySession.set(tag, events);
  }

  /** Without those of allocations that are closed again: they were an earlier call's. */
  recent(tag: string, now: Millis): readonly Remembered[] {
    const fresh = (this.#bySession.get(tag) ?? []).filter(({ at }) => at >= now - RECENT_MS);
    const closed = new Map<string, Millis>();
    for (const { at, event } of fresh) if (event.type === 'turn.closed') closed.set(flowOf(event), at);
    return fresh.filter(({ at, event }) => at > (closed.get(flowOf(event)) ?? Number.NEGATIVE_INFINITY));
  }

  forget(tag: string): void {
    this.#bySession.delete(tag);
  }
}

const flowOf = ({ transport, client }: RelayEvent): string => `${transport} ${formatAddress(client)}`;
