import { CALL_ERRORS, type ErrorCode } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import type { MediaPath } from '../media/stats.js';
import type { Dictionary, Said } from './dictionary.js';
import {
  type CallScene,
  english,
  german,
  meterShare,
  PROMPT_OVERLOOKED,
  partyName,
  registerWords,
  spoken,
  Words,
  wordsFor,
  wordsOf,
} from './index.js';
import { BROWSER_KINDS, type Surroundings, SYSTEM_KINDS, surroundingsOf } from './surroundings.js';

const CODES = Object.keys(CALL_ERRORS) as (keyof typeof CALL_ERRORS)[];
const MIC_CODES = CODES.filter((code) => code.startsWith('mic.'));
const LANGUAGES = [english, german];
const HERE: readonly Surroundings[] = BROWSER_KINDS.flatMap((browser) =>
  SYSTEM_KINDS.flatMap((system) => [false, true].map((inApp) => ({ browser, system, inApp }))),
);
const DESK: Surroundings = { browser: 'chromium', system: 'windows', inApp: false };

/** Words of the trade, in any language. UDP and SIP stand in what those who run a network have to be told. */
const JARGON =
  /\b(?:[Ff]ar end|RTP|RTCP|SDP|ICE|DTLS|STUN|TURN|NAT|WebRTC|WebSocket|getUserMedia|[Ss]tream|track|handshake|payload|jitter|packet loss|[Pp]ermission denied|[Gg]ateway|[Ss]ignal(?:l?ing)?|RFC)\b|\w\.\w+_\w|undefined|NaN|\[object/;
const LIMITS = { title: 110, hint: 260 } as const;

function expectPlain({ title, hint }: Said, about: string): void {
  expect(title, about).toMatch(/\S/);
  expect(title.length, `${about}: ${title}`).toBeLessThanOrEqual(LIMITS.title);
  expect(hint.length, `${about}: ${hint}`).toBeLessThanOrEqual(LIMITS.hint);
  for (const text of [title, hint]) {
    expect(text, about).not.toMatch(JARGON);
    expect(text, about).toBe(text.trim());
  }
}

const STATES = [
  'microphone',
  'calling',
  'ringing',
  'early',
  'answered',
  'connected',
  'held',
  'reconnecting',
  'ended',
] as const;
const REASONS = ['network', 'offline', 'silence', 'service', 'reload', 'unknown'] as const;

function scenes(): readonly CallScene[] {
  return STATES.flatMap((state): CallScene[] => {
    const plain = { state, incoming: false, muted: false, name: 'Echo' } as const;
    switch (state) {
      case 'microphone':
        return [plain, { ...plain, lasts: PROMPT_OVERLOOKED }];
      case 'ringing':
        return [plain, { ...plain, incoming: true }];
      case 'answered':
        return [plain, { ...plain, waiting: ['up'] }, { ...plain, waiting: ['down'] }];
      case 'connected':
        return [plain, { ...plain, muted: true }];
      case 'reconnecting':
        return [
          ...REASONS.map((reason) => ({ ...plain, reason })),
          { ...plain, callingBack: 'calling' },
          { ...plain, callingBack: 'ringing' },
        ];
      default:
        return [plain];
    }
  });
}

describe.each(LANGUAGES)('the words in $locale', (texts) => {
  const words = new Words(texts, DESK);

  it.each(CODES)('say what %s means and what to do', (code) => {
    const said = words.error(code);
    expectPlain(said, code);
    expect(said.title).toMatch(/[.]$/);
    expect(said.hint).toMatch(/\S.*[.“]$/);
  });

  it('fall back to plain words for a code that no browser carries', () => {
    expect(words.error('config.invalid' as ErrorCode).title).toBe(texts.errors['internal.bug'].what);
  });

  it.each(MIC_CODES)('have a remedy for %s in every browser', (code) => {
    for (const here of HERE) {
      const about = `${code} in ${here.browser} on ${here.system}`;
      const said = new Words(texts, here).error(code);
      expectPlain(said, about);
      expect(said.hint, about).toMatch(/\S/);
      for (const step of said.steps) expect(step, about).toMatch(/^\p{Lu}.*[.]$/u);
    }
  });

  it('point at the question in every browser', () => {
    for (const here of HERE) {
      const early = new Words(texts, here).prompt(0);
      const late = new Words(texts, here).prompt(PROMPT_OVERLOOKED);
      expectPlain(early, here.browser);
      expectPlain(late, here.browser);
      expect(late.hint).not.toBe(early.hint);
    }
  });

  it.each(scenes())('describe %j', (scene) => {
    expectPlain(words.call(scene), scene.state);
    expect(words.call(scene).hint).toMatch(/\S/);
  });

  it('tell every end apart', () => {
    const results = ['completed', 'cancelled', 'busy', 'declined', 'unanswered', 'failed'] as const;
    const ends = results.flatMap((result) =>
      (['browser', 'far-end'] as const).map((by) => words.ended({ result, by, error: undefined }, undefined)),
    );
    for (const end of ends) expectPlain(end, end.title);
    expect(new Set(ends.map(({ title }) => title)).size).toBe(9);
    expect(words.ended({ result: 'completed', by: 'browser', error: undefined }, 42).title).toContain('0:42');
  });

  it('label every button, link, state of the connection and quality', () => {
    for (const text of [...Object.values(texts.labels), ...Object.values(texts.links), ...Object.values(texts.idle)]) {
      expect(text).toMatch(/\S/);
      expect(text).not.toMatch(JARGON);
    }
    for (const level of ['good', 'fair', 'poor', 'bad', 'unknown'] as const) expectPlain(words.quality(level), level);
    for (const callBack of [true, false]) {
      for (const message of [true, false]) expectPlain(words.fallback({ callBack, message }), 'fallback');
    }
  });
});

describe('the words of a call', () => {
  const words = new Words(english, DESK);

  it('never say connected for a call that waits for audio', () => {
    expect(words.call({ state: 'answered', waiting: ['down'] })).toEqual({
      title: 'Answered, waiting for audio…',
      hint: 'Nothing is heard from the other side yet.',
    });
    expect(words.call({ state: 'answered', waiting: ['up'] }).hint).toContain('does not receive your voice');
    expect(words.call({ state: 'answered', waiting: ['up', 'down'] }).hint).toContain('Checking');
  });

  it('say why it reconnects, for how long, and until when', () => {
    const scene = { state: 'reconnecting', reason: 'offline', lasts: 12_400, left: 17_100 } as const;
    expect(words.call(scene).hint).toBe('This device is offline. The call is kept until the network is back.');
    expect(words.countdown(scene)).toBe('Interrupted for 12 seconds. Giving up in 18 seconds.');
    expect(new Words(german, DESK).countdown(scene)).toBe('Unterbrochen seit 12 Sekunden. Ende in 18 Sekunden.');
    expect(words.countdown({ state: 'reconnecting', lasts: 1_000 })).toBe('');
    expect(words.countdown({ state: 'answered', left: 900 })).toBe('Giving up in 1 second.');
    expect(words.countdown({ state: 'connected', left: 900 })).toBe('');
  });

  it('tell who ended a call, and why it failed', () => {
    expect(words.ended({ result: 'completed', by: 'far-end', error: undefined }, 42).title).toBe(
      'They hung up after 0:42',
    );
    const busy = { code: 'sip.busy' } as const;
    expect(words.ended({ result: 'busy', by: 'far-end', error: busy as never })).toEqual({
      title: 'The line is busy',
      hint: 'Try again later.',
    });
    const moved = { code: 'call.moved_to_phone' } as const;
    expect(words.ended({ result: 'completed', by: 'gateway', error: moved as never }, 42).title).toBe(
      'The call goes on by phone.',
    );
  });

  it('give the steps that fit this browser', () => {
    const steps = (here: Partial<Surroundings>, code: ErrorCode = 'mic.blocked_earlier') =>
      new Words(english, { ...DESK, ...here }).error(code).hint;
    expect(steps({})).toContain('left end of the address bar');
    expect(steps({ browser: 'firefox' })).toContain('crossed-out microphone');
    expect(steps({ browser: 'safari', system: 'macos' })).toContain('Settings for This Website');
    expect(steps({ browser: 'safari', system: 'ios' })).toContain('Website Settings');
    expect(steps({ browser: 'chromium', system: 'ios' })).toContain('list of apps');
    expect(steps({ system: 'android' })).toContain('Permissions');
    expect(steps({ system: 'ios' }, 'mic.in_app_browser')).toContain('Open in Safari');
    expect(steps({ system: 'macos' }, 'mic.denied_by_system')).toContain('System Settings');
    // The words of the failure say it all.
    expect(new Words(english, DESK).error('mic.not_found').steps).toEqual([]);
  });

  const DIRECT: MediaPath = {
    ...{ codec: 'opus', via: 'direct', transport: 'udp', family: 'IPv4', server: undefined },
    ...{ candidateType: 'host', roundTripMs: 0.63, hint: undefined },
  };

  it('hold the place of a path that is not known yet', () => {
    expect(words.path(undefined).map(({ value }) => value)).toEqual(['–', '–', '–']);
    expect(words.path(DIRECT).map(({ value }) => value)).toEqual(['Direct', 'opus', '0.6 ms']);
  });

  it('say which way the audio goes, and why it takes a detour', () => {
    const route = (path: Partial<MediaPath>): string | undefined => words.path({ ...DIRECT, ...path })[0]?.value;
    expect(route({ via: 'relay' })).toBe('Through the relay');
    expect(route({ via: 'relay', transport: 'tcp' })).toBe('Through the relay, by TCP');
    expect(route({ via: 'relay', transport: 'tls', hint: 'ice.relay_tcp' })).toBe(
      'Through the relay, by TLS (this network blocks UDP)',
    );
  });
});

describe('languages', () => {
  it('are found by their tag, and by the language of it', () => {
    expect([wordsFor('de-AT').locale, wordsFor('DE').locale, wordsFor('en-GB').locale]).toEqual(['de', 'de', 'en']);
    expect(wordsFor('tlh').locale).toBe('en');
  });

  it('can be added and changed', () => {
    const formal: Dictionary = { ...english, locale: 'en-ZA', labels: { ...english.labels, hangUp: 'Put down' } };
    registerWords('en-ZA', formal);
    expect(wordsFor('en-za').label('hangUp')).toBe('Put down');
    expect(wordsFor('en').label('hangUp')).toBe('Hang up');
  });

  it('have one table for English errors', () => {
    expect(wordsOf('sip.busy')).toEqual(CALL_ERRORS['sip.busy']);
    expect(english.errors).toBe(CALL_ERRORS);
  });

  it('count in words of their own', () => {
    expect([spoken(1, 'en'), spoken(59.9, 'en'), spoken(180, 'en'), spoken(1, 'de')]).toEqual([
      ...['1 second', '59 seconds', '3 minutes', '1 Sekunde'],
    ]);
  });
});

describe('surroundings', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'firefox', 'linux', false],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      ...(['safari', 'ios', false] as const),
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1',
      ...(['chromium', 'ios', false] as const),
    ],
    [
      'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0 Mobile Safari/537.36 [FBAN/FB4A]',
      ...(['chromium', 'android', true] as const),
    ],
    ['nothing known', 'other', 'other', false],
  ] as const)('of %s', (userAgent, browser, system, inApp) => {
    expect(surroundingsOf(userAgent)).toEqual({ browser, system, inApp });
  });

  it('see Chromium in everything that is built on it', () => {
    const brands = [
      { brand: 'Brave', version: '140' },
      { brand: 'Chromium', version: '140' },
    ];
    expect(surroundingsOf('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36', { brands })).toEqual(DESK);
  });
});

describe('names and meters', () => {
  it('name the other side', () => {
    const lines = [{ name: 'echo', title: 'Echo' }];
    expect(partyName({ uri: 'echo' }, lines)).toBe('Echo');
    expect(partyName({ uri: 'sip:bob@192.0.2.7:5060', displayName: 'Bob' }, lines)).toBe('Bob');
    expect(partyName({ uri: 'sip:bob@192.0.2.7:5060' })).toBe('bob');
    expect(partyName({ uri: '+15550100' })).toBe('+15550100');
  });

  it('fill the meter by decibels', () => {
    expect([0, 0.0001, 1].map(meterShare)).toEqual([0, 0, 1]);
    expect(meterShare(0.1)).toBeCloseTo(2 / 3);
    expect(meterShare(Number.NaN)).toBe(0);
  });
});
