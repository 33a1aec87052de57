import { describe, expect, it } from 'vitest';
import { recordOf, timelineOf, verdictOf } from '../testing/closed-calls.js';
import { codecClass, codecsOf, iceFailed, outcomeOf, setupMs } from './facts.js';

describe('facts of a call', () => {
  it.each([
    ['opus', 'opus'],
    ['OPUS/48000', 'opus'],
    ['PCMA', 'g711'],
    ['pcmu', 'g711'],
    ['G722', 'other'],
    [undefined, 'other'],
  ])('put the codec %s into the class %s', (name, expected) => expect(codecClass(name)).toBe(expected));

  it('take the codecs that were used last', () => {
    const first = { type: 'call.codecs', mode: 'transcode', caller: 'opus', callee: 'PCMA' } as const;
    const later = { ...first, mode: 'pass-through', caller: 'PCMA' } as const;
    expect(codecsOf(timelineOf([[1, first]]))).toEqual({ caller: 'opus', callee: 'g711' });
    expect(
      codecsOf(
        timelineOf([
          [1, first],
          [2, later],
        ]),
      ),
    ).toEqual({ caller: 'g711', callee: 'g711' });
  });

  it.each([
    ['ok', recordOf()],
    ['ok', recordOf({ cause: verdictOf({ weight: 'hint' }) })],
    ['ok', recordOf({ result: 'cancelled' })],
    ['degraded', recordOf({ cause: verdictOf({ weight: 'degraded' }) })],
    ['failed', recordOf({ cause: verdictOf() })],
    ['failed', recordOf({ result: 'failed' })],
    ['failed', recordOf({ withoutAudio: true })],
  ])('call a call %s', (expected, record) => expect(outcomeOf(record)).toBe(expected));

  it('take the time until somebody was there, not until the route was found', () => {
    const routing = { type: 'call.state', state: 'routing' } as const;
    const early = { type: 'call.state', state: 'early' } as const;
    expect(
      setupMs(
        timelineOf([
          [5, routing],
          [900, early],
        ]),
      ),
    ).toBe(900);
    expect(setupMs(timelineOf([[5, routing]]))).toBeUndefined();
  });

  it.each([
    [true, 'a fault of this leg', recordOf({ cause: verdictOf() }), 'caller'],
    [
      true,
      'ours, of any browser',
      recordOf({ cause: verdictOf({ code: 'server.bad_advertised_address', side: 'gateway' }) }),
      'caller',
    ],
    [true, 'its relay', recordOf({ cause: verdictOf({ code: 'turn.auth_failed' }) }), 'caller'],
    [true, 'what ended the call, without a diagnosis', recordOf({ code: 'ice.consent_lost' }), 'caller'],
    [false, 'another leg', recordOf({ cause: verdictOf({ side: 'callee' }) }), 'caller'],
    [false, 'no fault', recordOf({ cause: verdictOf({ code: 'ice.relay_tcp', weight: 'degraded' }) }), 'caller'],
    [false, 'something else', recordOf({ cause: verdictOf({ code: 'dtls.blackholed' }) }), 'caller'],
    [
      false,
      'another cause than the end',
      recordOf({ code: 'ice.consent_lost', cause: verdictOf({ code: 'mic.silent', layer: 'device' }) }),
      'caller',
    ],
  ] as const)('say %s for ICE: %s', (expected, _what, record, leg) => expect(iceFailed(record, leg)).toBe(expected));
});
