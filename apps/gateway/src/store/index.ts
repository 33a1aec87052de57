export { MemoryStore } from './memory-store.js';
export { openStore, type StoreOptions } from './open.js';
export type { CallStore, EvidencePart, StoredCall, StoreFigures } from './types.js';
