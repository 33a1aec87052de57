/** The pieces of `<earshot-call>`, for a page that puts them together its own way. They are drawn into its own tree. */
export { asError, CallDesk, type Ended, isKey, PANEL_FOCUS, type Panel, type View } from './desk.js';
export { activeView } from './views/active.js';
export { availableView } from './views/available.js';
export { incomingView } from './views/incoming.js';
export { pointerView } from './views/pointer.js';
export { problemView } from './views/problem.js';
export { qualityView } from './views/quality.js';
export { soundView } from './views/sound.js';
