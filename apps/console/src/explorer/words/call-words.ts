import { ERRORS, type ErrorCode, isErrorCode } from '@earshot/base';
import type { BrowserLegFacts, CallRecord, LiveCall } from '@earshot/telemetry';

interface Party extends Pick<CallRecord, 'caller' | 'from' | 'to'> {
  readonly callee?: CallRecord['callee'] | undefined;
}

/** Names as far as they are kept; else what kind of party it is. */
export function parties({ caller, callee, from, to }: Party): { readonly from: string; readonly to: string } {
  return { from: from ?? kindName(caller), to: to ?? (callee === undefined ? 'nobody yet' : kindName(callee)) };
}

const kindName = (kind: 'browser' | 'sip'): string => (kind === 'browser' ? 'a browser' : 'a phone');

const STATES: Readonly<Record<LiveCall['state'], string>> = {
  new: 'Being set up',
  routing: 'Looking for the other side',
  ringing: 'Ringing',
  early: 'Ringing, with sound',
  answered: 'Answered, waiting for audio',
  connected: 'Talking',
  held: 'On hold',
  reconnecting: 'Reconnecting',
  transferring: 'Being transferred',
  ended: 'Ended',
};

export const stateName = (state: LiveCall['state']): string => STATES[state];

const RESULTS: Readonly<Record<string, string>> = {
  completed: 'Completed',
  cancelled: 'Caller gave up',
  busy: 'Busy',
  declined: 'Declined',
  unanswered: 'Not answered',
  failed: 'Failed',
  unfinished: 'Interrupted',
};

/** All results there are, with their names. */
export const RESULT_NAMES: readonly (readonly [string, string])[] = Object.entries(RESULTS);

export const resultName = (result: string): string => RESULTS[result] ?? result;

/** What a code means, in a few words: the sentence of the error table without its full stop. */
export const causeName = (code: string): string => (isErrorCode(code) ? ERRORS[code].what.replace(/\.$/, '') : code);

export const browserName = ({ browser }: BrowserLegFacts): string =>
  browser === undefined ? 'unknown browser' : `${browser.name} ${browser.version}`;

/** Areas of causes that verdicts can have, and the codes of each, in order of the error table. */
export function causeGroups(): readonly { readonly area: string; readonly codes: readonly ErrorCode[] }[] {
  const groups = new Map<string, ErrorCode[]>();
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const area = code.slice(0, code.indexOf('.'));
    if (!Object.hasOwn(AREAS, area)) continue;
    const group = groups.get(area);
    if (group === undefined) groups.set(area, [code]);
    else group.push(code);
  }
  return [...groups].map(([area, codes]) => ({ area, codes }));
}

const AREAS: Readonly<Record<string, string>> = {
  signaling: 'Connection of the page',
  call: 'Calling',
  sip: 'Phone network',
  mic: 'Microphone',
  playout: 'Speaker',
  ice: 'Finding a way for the sound',
  dtls: 'Securing the way',
  srtp: 'Encryption of the sound',
  turn: 'Relay',
  media: 'Sound',
  dtmf: 'Keys',
  network: 'Quality of the network',
  client: 'Computer of the user',
  server: 'This gateway',
};

export const areaName = (area: string): string => AREAS[area] ?? area;
