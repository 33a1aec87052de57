export { TrunkChecks } from './trunk-checks.js';
export { TrunkMonitor, type TrunkOutput, type TrunkStatus } from './trunk-monitor.js';
