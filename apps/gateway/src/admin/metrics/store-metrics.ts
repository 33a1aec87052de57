import { Counter, Gauge, type Registry } from 'prom-client';
import type { StoreFigures } from '../../store/types.js';

/** What the store counts itself, asked for at each scrape. */
export function registerStore(registry: Registry, figures: () => StoreFigures | undefined): void {
  const registers = [registry];
  new Gauge({
    name: 'earshot_store_up',
    help: '1: what is kept now is durable, by the database in use; 0: it is not, and earshot_store_fault says why',
    labelNames: ['database'],
    registers,
    collect() {
      this.reset();
      const now = figures();
      if (now !== undefined) this.set({ database: now.kind }, now.kind !== 'memory' && now.fault === undefined ? 1 : 0);
    },
  });
  new Gauge({
    name: 'earshot_store_fault',
    help: '1: why what is kept now is not durable, by code; left out where nothing is wrong',
    labelNames: ['code'],
    registers,
    collect() {
      this.reset();
      const code = figures()?.fault?.code;
      if (code !== undefined) this.set({ code }, 1);
    },
  });
  new Gauge({
    name: 'earshot_store_waiting',
    help: 'Records, events and samples that are not in the database yet',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset();
      const now = figures();
      if (now === undefined) return;
      this.set({ kind: 'records' }, now.recordsWaiting);
      this.set({ kind: 'events' }, now.eventsWaiting);
      this.set({ kind: 'samples' }, now.samplesWaiting);
    },
  });
  counted(registry, 'earshot_store_kept_total', 'Records, events and samples written to the database', () => {
    const now = figures();
    return now && { records: now.recordsKept, events: now.eventsKept, samples: now.samplesKept };
  });
  counted(registry, 'earshot_store_shed_total', 'Events and samples thrown away; records never are', () => {
    const now = figures();
    return now && { events: now.eventsShed, samples: now.samplesShed };
  });
}

function counted(
  registry: Registry,
  name: string,
  help: string,
  counts: () => Readonly<Record<string, number>> | undefined,
): void {
  new Counter({
    name,
    help,
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [kind, count] of Object.entries(counts() ?? {})) this.inc({ kind }, count);
    },
  });
}
