import { Counter, Gauge, type Registry } from 'prom-client';
import type { AlertState } from '../../outward/alerts/alerts.js';
import type { ReceiverStatus } from '../../outward/receiver.js';

export interface OutwardFigures {
  readonly receivers: () => readonly ReceiverStatus[];
  /** Every rule, raised or not. */
  readonly alerts: () => readonly AlertState[];
}

/** Alerts, and what is sent to other systems, asked for at each scrape. */
export function registerOutward(registry: Registry, { receivers, alerts }: OutwardFigures): void {
  const registers = [registry];
  new Gauge({
    name: 'earshot_alert',
    help: 'For how many trunks, networks, browsers, codecs, or all together, an alert rule is raised; 0: for none',
    labelNames: ['rule'],
    registers,
    collect() {
      this.reset();
      for (const { name, raised } of alerts()) this.set({ rule: name }, raised);
    },
  });
  new Gauge({
    name: 'earshot_outward_up',
    help: '1: the receiver took what it was last sent; left out before anything was sent',
    labelNames: ['receiver'],
    registers,
    collect() {
      this.reset();
      for (const { name, isUp } of receivers()) if (isUp !== undefined) this.set({ receiver: name }, isUp ? 1 : 0);
    },
  });
  new Gauge({
    name: 'earshot_outward_waiting',
    help: 'What is to be sent yet',
    labelNames: ['receiver'],
    registers,
    collect() {
      this.reset();
      for (const { name, waiting } of receivers()) this.set({ receiver: name }, waiting);
    },
  });
  new Counter({
    name: 'earshot_outward_sent_total',
    help: 'What receivers took; of HEP, what was sent',
    labelNames: ['receiver'],
    registers,
    collect() {
      this.reset();
      for (const { name, sent } of receivers()) this.inc({ receiver: name }, sent);
    },
  });
  new Counter({
    name: 'earshot_outward_lost_total',
    help: 'What was given up: the queue was full, the receiver refused it or was away too long',
    labelNames: ['receiver'],
    registers,
    collect() {
      this.reset();
      for (const { name, lost } of receivers()) this.inc({ receiver: name }, lost);
    },
  });
}
