export * from './figures.js';
export * from './status-file.js';
