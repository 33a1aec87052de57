export type { StoreOptions } from './durable-store.js';
export { MemoryStore } from './memory-store.js';
export { openStore } from './open.js';
export type { CallStore, EvidencePart, StoredCall, StoreFigures } from './types.js';
