import type { TransportAddress } from '@earshot/base';
import type { AudioSection, BrowserEvent } from './browser-event.js';
import type { CandidateFacts } from './candidate.js';
import type { GatewayEvent } from './gateway-event.js';
import { scopeOf } from './reach/addresses.js';
import type { RelayEvent } from './relay-event.js';
import type { CallTimeline, TimelineEntry } from './timeline.js';

/**
 * How much of a person a timeline keeps.
 *   full:   everything that was seen
 *   short:  addresses down to their network (/24, /48), numbers without their last three digits, names down to a letter
 *   hidden: of an address whether it is private or public, of numbers and names nothing
 * Below `full` there are no names of devices and no messages of browsers, which may hold them.
 */
export type PrivacyLevel = 'full' | 'short' | 'hidden';

const IPV4 = /^(?:::ffff:)?(\d{1,3}\.\d{1,3}\.\d{1,3})\.(?:\d{1,3}|x)(?:\/\d+)?$/i;
const IPV6 = /^\[?([\da-fx]{0,4}(?::[\da-fx]{0,4}){2,7})(?:%\w+)?\]?(?:\/\d+)?$/i;
/** An address somewhere in a text, as browsers, servers and we write it. */
const ADDRESSES = /\b(?:\d{1,3}\.){3}(?:\d{1,3}\b|x)|\[?\b[\da-f]{1,4}(?::[\da-fx]{0,4}){2,7}\]?/gi;

/** `198.51.100.0/24`, `2001:db8:1::/48`; hidden: `private` or `public`. What is shortened already stays as it is. */
export function shortenAddress(address: string, level: PrivacyLevel): string {
  if (level === 'full' || address === 'private' || address === 'public') return address;
  const v4 = IPV4.exec(address)?.[1];
  const v6 = v4 === undefined ? IPV6.exec(address)?.[1] : undefined;
  if (level === 'hidden') return isPublic(v4 === undefined ? v6 : `${v4}.0`, address) ? 'public' : 'private';
  if (v4 !== undefined) return `${v4}.0/24`;
  if (v6 === undefined || v6 === '::1') return address;
  return `${groupsOf(v6)
    .slice(0, 3)
    .join(':')
    .replace(/(:0)+$/, '')}::/48`;
}

/** A name of multicast DNS stands for a private address; any other name is one of public servers. */
const isPublic = (address: string | undefined, name: string): boolean =>
  address === undefined ? !name.endsWith('.local') : scopeOf(address) === 'public';

/** The eight groups of an IPv6 address (RFC 4291 section 2.2), without leading zeros. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const between = new Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...between, ...after].map((group) => group.replace(/^0+(?=.)/, ''));
}

/** A number, a name or a SIP address: `+49301234xxx`, `sip:a…@example.com`. */
export function shortenNumber(text: string, level: PrivacyLevel): string {
  if (level === 'full' || text === '') return text;
  if (level === 'hidden') return 'hidden';
  const [, scheme = '', user = '', host = ''] = /^(sips?:|tel:)?([^@;]*)(@[^;]*)?/i.exec(text) ?? [];
  return `${scheme}${/^\+?[\dx*#().\s-]+$/.test(user) ? shortenDigits(user) : shortenName(user)}${host}`;
}

const shortenName = (name: string): string => (name === '' ? '' : `${[...name][0]}…`);

/** Without the last three digits; a second time changes nothing. */
const shortenDigits = (digits: string): string => {
  let left = 3;
  const masked = [...digits].reverse().map((character) => {
    if (left === 0 || !/[\dx]/.test(character)) return character;
    left -= 1;
    return 'x';
  });
  return masked.reverse().join('');
};

/** A sentence without the addresses in it. */
export const shortenText = (text: string, level: PrivacyLevel): string =>
  level === 'full' ? text : text.replace(ADDRESSES, (address) => shortenAddress(address, level));

/** The timeline as it may be kept or handed on: addresses of people shortened, those of this server as they are. */
export function privateTimeline(timeline: CallTimeline, level: PrivacyLevel): CallTimeline {
  if (level === 'full') return timeline;
  return { ...timeline, entries: timeline.entries.map((entry) => privateEntry(entry, level)) };
}

export function privateEntry(entry: TimelineEntry, level: PrivacyLevel): TimelineEntry {
  if (level === 'full') return entry;
  switch (entry.source) {
    case 'browser':
      return { ...entry, event: privateBrowserEvent(entry.event, level) };
    case 'gateway':
      return { ...entry, event: privateGatewayEvent(entry.event, level) };
    case 'relay':
      return { ...entry, event: privateRelayEvent(entry.event, level) };
    case 'diagnosis':
      return { ...entry, event: { ...entry.event, text: shortenText(entry.event.text, level) } };
  }
}

export function privateBrowserEvent(event: BrowserEvent, level: PrivacyLevel): BrowserEvent {
  if (level === 'full') return event;
  switch (event.type) {
    case 'mic.opened':
    case 'mic.switched': {
      const { label: _label, ...rest } = event;
      return rest;
    }
    case 'mic.failed':
    case 'sdp.refused': {
      const { message: _message, ...rest } = event;
      return rest;
    }
    case 'ice.candidate':
      return { ...event, candidate: privateCandidate(event.candidate, level) };
    case 'ice.candidate_error': {
      const { errorText: _errorText, address, ...rest } = event;
      return address === undefined ? rest : { ...rest, address: shortenAddress(address, level) };
    }
    case 'ice.pair':
      // The remote end is this server.
      return { ...event, local: privateCandidate(event.local, level) };
    case 'sdp.set': {
      if (event.side === 'remote') return event;
      const { audio, candidates, ...rest } = event;
      return {
        ...rest,
        ...(audio === undefined ? {} : { audio: privateAudio(audio, level) }),
        ...(candidates === undefined ? {} : { candidates: candidates.map((one) => privateCandidate(one, level)) }),
      };
    }
    default:
      return event;
  }
}

function privateGatewayEvent(event: GatewayEvent, level: PrivacyLevel): GatewayEvent {
  switch (event.type) {
    case 'ice.check':
      return { ...event, from: privatePlace(event.from, level) };
    case 'ice.state':
      return event.remote === undefined ? event : { ...event, remote: privatePlace(event.remote, level) };
    case 'media.moved':
      return { ...event, remote: privatePlace(event.remote, level) };
    case 'leg.failed':
      return event.detail === undefined ? event : { ...event, detail: shortenText(event.detail, level) };
    case 'leg.ended':
      return event.reason === undefined ? event : { ...event, reason: shortenText(event.reason, level) };
    case 'sip.message': {
      const { remote, reason, audio, ...rest } = event;
      return {
        ...rest,
        ...(remote === undefined ? {} : { remote: privatePlace(remote, level) }),
        ...(reason === undefined ? {} : { reason: shortenText(reason, level) }),
        ...(audio === undefined ? {} : { audio: event.direction === 'in' ? privateAudio(audio, level) : audio }),
      };
    }
    case 'sdp.set':
      if (event.audio === undefined || event.side === 'local') return event;
      return { ...event, audio: privateAudio(event.audio, level) };
    default:
      return event;
  }
}

const privateRelayEvent = (event: RelayEvent, level: PrivacyLevel): RelayEvent => ({
  ...event,
  client: privatePlace(event.client, level),
});

/** A relayed address is the relay's, not the person's. */
const privateCandidate = (candidate: CandidateFacts, level: PrivacyLevel): CandidateFacts =>
  candidate.address === undefined || candidate.type === 'relay'
    ? candidate
    : { ...candidate, address: shortenAddress(candidate.address, level) };

const privatePlace = (place: TransportAddress, level: PrivacyLevel): TransportAddress => ({
  ...place,
  address: shortenAddress(place.address, level),
});

const privateAudio = (audio: AudioSection, level: PrivacyLevel): AudioSection =>
  audio.address === undefined ? audio : { ...audio, address: shortenAddress(audio.address, level) };
