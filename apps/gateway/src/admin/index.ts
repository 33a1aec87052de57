export type { CallDetails, CallList, CallSummary } from './call-routes.js';
export * from './figures.js';
export { CallMetrics } from './metrics/call-metrics.js';
export { type AdminOptions, type AdminServer, adminUrl, startAdmin } from './server.js';
export * from './status-file.js';
