export { gatewayEventOf } from './gateway-event.js';
export { iceSettingsEvent } from './ice-settings.js';
export type { CallNow, CallObserver } from './observer.js';
export { type CallWatch, type Judge, Timelines, type TimelinesOptions } from './timelines.js';
export type { TimelineSession } from './watched.js';
