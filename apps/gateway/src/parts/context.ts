import type { CallEngine } from '../calls/engine.js';
import type { Config } from '../config/schema.js';
import type { SecurePort } from '../http/secure.js';
import type { SessionIce } from '../ice/index.js';
import type { Log } from '../log.js';
import type { CallStore } from '../store/types.js';
import type { RelayService } from '../turn/index.js';
import type { OutwardPart } from './outward.js';
import type { Stops } from './stops.js';

/** Parts that others speak to and that begin after them. Each is set as soon as it stands. */
export interface LateParts {
  sessionIce?: SessionIce;
  /** Stays away where it is off, as does the next. */
  relay?: RelayService | undefined;
  engine?: CallEngine;
  secure?: SecurePort | undefined;
  store?: CallStore;
  outward?: OutwardPart;
}

/** What every part starts with. */
export interface PartContext {
  readonly config: Config;
  readonly log: Log;
  readonly stops: Stops;
  readonly late: LateParts;
}
