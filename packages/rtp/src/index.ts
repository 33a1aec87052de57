export * from './audio-forwarder.js';
export * from './codecs/audio-codec.js';
export * from './codecs/opus.js';
export * from './header.js';
export * from './outgoing-stream.js';
export * from './reception.js';
export * from './rewriter.js';
export * from './sequence.js';
