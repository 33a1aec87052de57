import type { Call } from '../call.js';

/** What a person knows the other party by: its name, or the user part of its address. */
export const nameOf = ({ remote: { displayName, uri } }: Call): string =>
  displayName ?? uri.replace(/^sips?:/, '').replace(/@.*/, '');
