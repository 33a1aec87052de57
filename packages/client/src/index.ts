export type { ErrorCode, Layer } from '@earshot/base';
export type {
  CallResult,
  ClientSessionState,
  EndedBy,
  FallbackPolicy,
  IcePolicy,
  Identity,
  LegFigures,
  Party,
  Quality,
  QualityLevel,
} from '@earshot/signaling';
export type { BrowserEvent, CandidateFacts, PrivacyLevel, TurnTransport } from '@earshot/telemetry';
export type { Call } from './call.js';
export type { CallBackState, CallEnd, CallEvents, CallOptions, CallStats, Waiting } from './call-events.js';
export type { ClientCallState } from './call-state.js';
export { type CreateCallOptions, createCall, createPhone } from './create.js';
export type { Device, DeviceUse } from './devices/choices.js';
export type { Devices, DevicesEvents } from './devices/devices.js';
export type { MicrophoneSwitch } from './devices/microphone-owner.js';
export type { MicrophonePermission, PermissionStep } from './devices/permission.js';
export { EarshotError } from './earshot-error.js';
export type { Reconnecting } from './interruption.js';
export type { Levels } from './media/monitor.js';
export type { MeasuredPath, MediaFigures, MediaPath } from './media/stats.js';
export type { NotificationText } from './page/notifications.js';
export type { PageOptions } from './page/page-helpers.js';
export type { Phone, PhoneEvents, PhoneOptions } from './phone.js';
export { VERSION } from './version.js';
