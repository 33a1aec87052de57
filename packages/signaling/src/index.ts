export * from './client-session.js';
export * from './frames.js';
export * from './messages.js';
export * from './protocol.js';
export * from './reconnect.js';
export * from './server-frame.js';
export * from './server-session.js';
