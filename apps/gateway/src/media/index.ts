export { MediaPool, type MediaWorkerHandle, type WorkerThread } from './media-pool.js';
export type { MediaOptions, WorkerOptions } from './options.js';
