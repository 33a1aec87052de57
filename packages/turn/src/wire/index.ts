export * from './attributes.js';
export * from './channel-data.js';
export * from './numbers.js';
export * from './stream.js';
