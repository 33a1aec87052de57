export * from './client-frame.js';
export * from './parse.js';
export * from './server-frame.js';
