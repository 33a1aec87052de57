export { type MediaAddress, MediaAddresses } from './media-addresses.js';
export { MediaPool, type MediaWorkerHandle, type WorkerThread } from './media-pool.js';
export type { MediaHost, MediaOptions, WorkerOptions } from './options.js';
