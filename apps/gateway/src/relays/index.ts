export { askServer, askThrough, type BindingAnswer, PROBE_TIMING } from './ask.js';
export { judgeName, judgeTrust, judgeValidity } from './certificate.js';
export { RelayHealth, type RelayHealthOptions, type RelayState, type RelayStatus } from './health.js';
export { type LinkOptions, openLink, type RelayLink } from './link.js';
export { type ProbeOptions, probeRelay, type RelayProbe, type RelayReport, type RelayTarget } from './probe.js';
export { Reflector, type ReflectorMedia } from './reflector.js';
export { RelaySession, type RelaySessionOptions } from './relay-session.js';
export { startRelayHealth } from './start.js';
