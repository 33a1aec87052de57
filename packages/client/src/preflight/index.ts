import { PreflightRun } from './run.js';
import type { PreflightOptions } from './types.js';

export type { PreflightRun } from './run.js';
export type {
  BrowserFigures,
  CallFigures,
  DirectFigures,
  MicrophoneFigures,
  PreflightOptions,
  PreflightProblem,
  PreflightStep,
  PreflightSummary,
  SignalingFigures,
  TurnFigures,
} from './types.js';

/**
 * Finds out whether calls will work from here, and how they will sound: the browser, the microphone, the gateway, every
 * relay by every transport, and a call to a line that sends back what it hears. Begins at once; `for await` gives each
 * step as it begins and ends, `summary` the whole. Call it inside the user's gesture, since the browser may ask for the
 * microphone. Throws nothing: what is wrong is in the problems.
 */
export const preflight = (options: PreflightOptions): PreflightRun => new PreflightRun(options);
