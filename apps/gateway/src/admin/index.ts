export * from './figures.js';
export { CallMetrics } from './metrics/call-metrics.js';
export type { OperatorCalls } from './operator-calls.js';
export { PAGES_DIR } from './pages.js';
export { type AdminOptions, type AdminServer, startAdmin } from './server.js';
export * from './status-file.js';
export { adminUrl } from './url.js';
