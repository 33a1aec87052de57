import type { CallTrace } from '../features/call-trace.js';
import { clockSkew, cpu } from './client.js';
import { ending } from './ending.js';
import type { Finding, Rule } from './finding.js';
import { blackHole, farEndDead, farEndDeaf, farEndSilent, keys, payload } from './media.js';
import { micLevel, micMuted, micPrompt, micRefused, micSilent, micStopped } from './microphone.js';
import { browserNetwork, farEndNetwork } from './network.js';
import { notRendered, playoutFailed, tabFrozen } from './playout.js';
import { reach, silence } from './reach.js';
import { clientGone, socketDropped, unreachable } from './signaling.js';
import { ackLost, noResponse, onHold, pbxTimeout, refusal, slowSetup } from './sip.js';
import { handshake, pathLost, pathSwitched, srtp } from './transport.js';

const RULES: readonly Rule[] = [
  ...[unreachable, clientGone, socketDropped],
  ...[refusal, noResponse, ackLost, pbxTimeout, slowSetup, onHold],
  ...[micRefused, micPrompt, micMuted, micSilent, micStopped, micLevel],
  ...[playoutFailed, notRendered, tabFrozen],
  ...[reach, silence, handshake, srtp, pathLost, pathSwitched],
  ...[farEndDead, blackHole, farEndDeaf, farEndSilent, payload, keys],
  ...[browserNetwork, farEndNetwork, cpu, clockSkew, ending],
];

/** All that holds now. */
export const findingsOf = (trace: CallTrace): readonly Finding[] => RULES.flatMap((rule) => rule(trace));
