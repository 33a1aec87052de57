/** What pages draw with besides: nothing here defines an element. */
export * from './parts/icons.js';
export { LightElement } from './parts/light-element.js';
