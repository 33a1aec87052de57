export { type Capture, isCapture, readCapture } from './read-capture.js';
export { type ByteSource, bytesSource, chunkedSource } from './source.js';
