export { RelayHealth, type RelayHealthOptions, type RelayState, type RelayStatus } from './health.js';
export type { RelayProbe, RelayReport } from './probe.js';
