import { Worker } from 'node:worker_threads';
import type { DatabasePlace } from './database/connect.js';
import type { Thread } from './thread.js';

/** The journal waits for the disk, the writer for the database, and the reader must wait for neither. */
export interface ThreadSettings {
  readonly role: 'journal' | 'writer' | 'reader';
  readonly place: DatabasePlace;
  /** In the place of one that broke down. */
  readonly restarted: boolean;
}

export type StartThread = (settings: ThreadSettings) => Thread;

export const startThread: StartThread = (settings) =>
  new Worker(new URL('./worker-entry.js', import.meta.url), { workerData: settings });
