export { gatewayEventOf } from './gateway-event.js';
export { iceSettingsEvent } from './ice-settings.js';
export type { CallNow, CallObserver } from './observer.js';
export { Timelines } from './timelines.js';
export type { CallWatch, Judge, TimelinesOptions } from './types.js';
export type { TimelineSession } from './watched.js';
