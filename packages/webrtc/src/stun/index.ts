export { stunUsernameOf } from './username.js';
