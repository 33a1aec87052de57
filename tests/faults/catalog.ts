import { dialogs } from './families/dialogs.js';
import { farEnd } from './families/far-end.js';
import { microphone } from './families/microphone.js';
import { network } from './families/network.js';
import { paths } from './families/paths.js';
import { playout } from './families/playout.js';
import { processes } from './families/processes.js';
import { reach } from './families/reach.js';
import { recorded } from './families/recorded.js';
import { replies } from './families/replies.js';
import type { Family } from './types.js';

/** Everything that can be brought about, in the order of a full run. */
export const FAMILIES: readonly Family[] = [
  ...[replies, dialogs, farEnd, microphone, playout, paths, processes, reach, network, recorded],
];
