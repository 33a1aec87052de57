export { EarshotCall } from './earshot-call.js';
