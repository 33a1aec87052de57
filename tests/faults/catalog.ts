import { dialogs } from './families/dialogs.js';
import { replies } from './families/replies.js';
import type { Family } from './types.js';

/** Everything that can be brought about, in the order of a full run. */
export const FAMILIES: readonly Family[] = [replies, dialogs];
