export { AlertWatch } from './alerts/alert-watch.js';
export { Alerts } from './alerts/alerts.js';
export { HepObserver } from './hep/hep-observer.js';
export { HepSender } from './hep/hep-sender.js';
export { Traces } from './otel/traces.js';
export type { Receiver, ReceiverStatus } from './receiver.js';
export { postByFetch } from './webhooks/post.js';
export { Webhooks } from './webhooks/webhooks.js';
