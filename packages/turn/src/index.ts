export * from './client/index.js';
export * from './credentials.js';
