export { gatewayEventOf } from './gateway-event.js';
export { iceSettingsEvent } from './ice-settings.js';
export { RecentCalls } from './recent-calls.js';
export { type CallPlace, newestFirst, type TimelineSink, type TimelineSource } from './sink.js';
export {
  type CallWatch,
  type TimelineListener,
  type TimelineSession,
  Timelines,
  type TimelinesOptions,
} from './timelines.js';
