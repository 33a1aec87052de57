export * from './client/index.js';
export * from './credentials.js';
export * from './server/index.js';
export * from './wire/index.js';
