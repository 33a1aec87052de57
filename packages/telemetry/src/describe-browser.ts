import type { BrowserEvent } from './browser-event.js';
import { describeAudio, describeCandidate, describePlace, describeSending } from './describe-media.js';

type Of<Type extends BrowserEvent['type']> = Extract<BrowserEvent, { type: Type }>;

const ATTEMPTS: Readonly<Record<Of<'ice.attempt'>['reason'], string>> = {
  start: 'the call begins',
  'media-lost': 'media was lost',
  'network-changed': 'the network changed',
  asked: 'the page asked for it',
  credentials: 'its relay credentials run out',
  'relay-only': 'other ways did not last',
};

const LIFECYCLE: Readonly<Record<Of<'client.lifecycle'>['state'], string>> = {
  visible: 'the page is in front',
  hidden: 'the page is in the background',
  frozen: 'the browser put the page to sleep',
  thawed: 'the page woke up',
  leaving: 'the page goes away',
  restored: 'the page is back',
  taken_up: 'the page was loaded anew and took the call up again',
};

const TRACK: Readonly<Record<Of<'mic.track'>['state'], string>> = {
  enabled: 'microphone unmuted on the page',
  disabled: 'microphone muted on the page',
  muted: 'the system took the microphone away',
  unmuted: 'the system gave the microphone back',
  ended: 'the microphone stopped',
  replaced: 'another microphone is used',
  removed: 'no microphone is used any more',
};

const SWITCHES: Readonly<Record<Of<'mic.switched'>['reason'], string>> = {
  asked: 'somebody chose it',
  default_changed: 'the system prefers it now',
  recovered: 'the one before stopped',
};

const PLAYOUT: Readonly<Record<Of<'playout.state'>['state'], string>> = {
  playing: 'the other side is played',
  paused: 'playing is paused',
  failed: 'the other side cannot be played',
  muted: 'the other side is muted on the page',
  unmuted: 'the other side is unmuted on the page',
  detached: 'nothing plays the other side any more',
};

export function describeBrowserEvent(event: BrowserEvent): string {
  switch (event.type) {
    case 'client.info':
    case 'client.network':
    case 'client.lifecycle':
    case 'client.stalled':
    case 'client.signaling':
    case 'client.shed':
      return describeClientEvent(event);
    case 'call.seen':
      return `is told: call ${event.state}`;
    case 'call.key':
      return event.sent ? 'pressed a key' : 'pressed a key, which could not be sent';
    case 'mic.asked':
    case 'mic.waiting':
    case 'mic.opened':
    case 'mic.failed':
    case 'mic.track':
    case 'mic.devices':
    case 'mic.switched':
      return describeMicrophoneEvent(event);
    case 'media.adapted':
      return `sends ${describeSending(event)}`;
    case 'playout.state':
      return `${PLAYOUT[event.state]}${reasons(event.code, event.name)}`;
    case 'sdp.set':
    case 'sdp.refused':
    case 'dtls.connection':
    case 'ice.gathering':
    case 'ice.candidate':
    case 'ice.candidate_error':
    case 'ice.connection':
    case 'ice.pair':
    case 'ice.attempt':
      return describeConnectionEvent(event);
  }
}

function describeClientEvent(event: Extract<BrowserEvent, { type: `client.${string}` }>): string {
  switch (event.type) {
    case 'client.info': {
      const { browser, sdk, network } = event;
      const { name, version, os, mobile } = browser;
      const system = os === undefined ? '' : ` on ${os}`;
      const net = network === undefined ? '' : `, ${describeNetwork(network)}`;
      return `${name} ${version}${system}${mobile === true ? ' (mobile)' : ''}, SDK ${sdk}${net}`;
    }
    case 'client.network':
      return `network: ${describeNetwork(event.network)}`;
    case 'client.lifecycle':
      return LIFECYCLE[event.state];
    case 'client.stalled':
      return `the page stood still for ${seconds(event.lateMs)}`;
    case 'client.signaling': {
      const { state, closeCode } = event;
      if (state === 'unreachable') return 'the calling service cannot be reached';
      return `signalling ${state}${closeCode === undefined ? '' : `, close code ${closeCode}`}`;
    }
    case 'client.shed':
      return `${event.samples} samples were thrown away, too many waited to be sent`;
  }
}

function describeNetwork({ online, type, effectiveType }: Of<'client.network'>['network']): string {
  if (!online) return 'offline';
  return ['online', ...[type, effectiveType].filter((part) => part !== undefined)].join(', ');
}

function describeMicrophoneEvent(event: Extract<BrowserEvent, { type: `mic.${string}` }>): string {
  switch (event.type) {
    case 'mic.asked': {
      const { permission, secure, allowedByPolicy, listed, byId } = event;
      const parts = [`asks for ${byId === true ? 'the microphone chosen earlier' : 'the microphone'}`];
      if (permission !== undefined) parts.push(`permission: ${permission}`);
      if (!secure) parts.push('the page is not secure');
      if (allowedByPolicy === false) parts.push('the policy of the frame forbids it');
      if (listed !== undefined) parts.push(`${listed} listed`);
      return parts.join(', ');
    }
    case 'mic.waiting':
      return `still no answer to the question for the microphone after ${seconds(event.waitedMs)}`;
    case 'mic.opened': {
      const processing = [
        event.echoCancellation === true ? 'echo cancellation' : undefined,
        event.noiseSuppression === true ? 'noise suppression' : undefined,
        event.autoGainControl === true ? 'automatic gain' : undefined,
      ].filter((part) => part !== undefined);
      const parts = [event.label === undefined ? 'microphone open' : `microphone open: ${event.label}`];
      if (event.sampleRate !== undefined) parts.push(`${event.sampleRate} Hz`);
      return [...parts, ...processing].join(', ');
    }
    case 'mic.failed':
      return `no microphone: ${event.code}${reasons(event.name, event.message)}`;
    case 'mic.track':
      return TRACK[event.state];
    case 'mic.devices':
      return `devices: ${event.inputs} to speak into, ${event.outputs} to listen to`;
    case 'mic.switched': {
      const label = event.label === undefined ? '' : ` ${event.label}`;
      return `uses the microphone${label}: ${SWITCHES[event.reason]}${reasons(event.code)}`;
    }
  }
}

type ConnectionEvent = Extract<BrowserEvent, { type: `sdp.${string}` | `dtls.${string}` | `ice.${string}` }>;

function describeConnectionEvent(event: ConnectionEvent): string {
  switch (event.type) {
    case 'sdp.set':
      return `${event.side} ${event.kind} set${describeAudio(event.audio)}`;
    case 'sdp.refused':
      return `the browser refused the ${event.side} description${reasons(event.name, event.message)}`;
    case 'dtls.connection':
      return `DTLS ${event.state}`;
    case 'ice.attempt': {
      const ways = event.policy === 'relay' ? 'relays only' : 'every way';
      const unasked = event.spare === true ? ', without asking the gateway' : '';
      return `tries ${ways}: ${ATTEMPTS[event.reason]}${unasked}`;
    }
    case 'ice.gathering':
      return `candidates: ${event.state}`;
    case 'ice.candidate':
      return `candidate ${describeCandidate(event.candidate)}`;
    case 'ice.candidate_error': {
      const text = event.errorText === undefined || event.errorText === '' ? '' : ` (${event.errorText})`;
      return `${event.url} gave no candidate: ${event.errorCode}${text}`;
    }
    case 'ice.connection':
      return `connection ${event.state}`;
    case 'ice.pair': {
      const time = event.roundTripMs === undefined ? '' : `, ${Math.round(event.roundTripMs)} ms there and back`;
      return `media goes from ${describeCandidate(event.local)} to ${describePlace(event.remote)}${time}`;
    }
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** ` (NotAllowedError, Permission denied)`, or nothing. */
function reasons(...parts: readonly (string | undefined)[]): string {
  const said = parts.filter((part) => part !== undefined && part !== '');
  return said.length === 0 ? '' : ` (${said.join(', ')})`;
}
