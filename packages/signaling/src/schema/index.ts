export { browserEvent, browserSample } from './browser-event.js';
export * from './client-frame.js';
export { callId, count } from './common.js';
export * from './parse.js';
export * from './server-frame.js';
