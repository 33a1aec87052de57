import type { Verdict } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../diagnose.js';
import { CallWriter } from '../testing/call-writer.js';
import { CASES } from '../testing/cases.js';
import { live } from '../testing/live.js';
import { HIDDEN } from '../testing/path-facts.js';

const flat = (verdicts: readonly Verdict[]): Verdict[] => verdicts.flatMap((one) => [one, ...flat(one.consequences)]);
const JARGON =
  /\b(?:far end|INVITE|BYE|ACK|RTP|RTCP|SDP|ICE|DTLS|STUN|RFC|packets authenticate|candidate|handshake|payload|telephone-event|jitter|[1-6]\d\d )\b|\w\.\w+_\w/;
const FOR_OPERATORS = /firewall|\bNAT\b|\bport|\bPBX\b|trunk|\bSIP\b|\bSDP\b|sip\.|media\.|configur/i;

describe.each(CASES)('the words of $code: $name', ({ write }) => {
  const verdicts = flat(diagnose(write().done()).verdicts);

  it('say what happened without words of the trade', () => {
    for (const { text } of verdicts) {
      expect(text).toMatch(/^[A-Z].*\.$/);
      expect(text).not.toMatch(JARGON);
    }
  });

  it('tell the person on the call nothing that only an operator can do', () => {
    for (const { next } of verdicts) expect(next.user).not.toMatch(FOR_OPERATORS);
  });
});

it('has the status of a refusal in its evidence, and the plain fact as its headline', () => {
  const busy = CASES.find(({ code }) => code === 'sip.busy');
  const [verdict] = diagnose(busy?.write().done() ?? new CallWriter().done()).verdicts;
  expect(verdict?.text).toBe('The line is busy.');
  expect(verdict?.evidence[0]?.text).toContain('486');
});

describe('another path', () => {
  const other = { ...HIDDEN, address: '192.0.2.0' };
  const switches = (seconds: number, anew = false): readonly unknown[] => {
    const writer = new CallWriter().connects().runs(seconds);
    if (anew) writer.browser({ type: 'client.lifecycle', state: 'taken_up' });
    const timeline = writer
      .browser({ type: 'ice.pair', local: other, remote: { address: '203.0.113.5', port: 40_000 } } as never)
      .runs(6)
      .ends()
      .done();
    return live(timeline).said.map(({ code }) => code);
  };

  it('is no news while the first one has not carried sound for some seconds', () => {
    expect(switches(0)).toEqual([]);
    expect(switches(1)).toEqual([]);
  });

  it('is worth a hint later', () => expect(switches(6)).toContain('ice.path_switched'));

  it('is none where the page was loaded anew, whose connection is another', () => {
    expect(switches(6, true)).not.toContain('ice.path_switched');
  });
});

it('does not blame a phone side that was given nothing to answer', () => {
  const blocked = CASES.find(({ code }) => code === 'ice.udp_blocked');
  const writer = blocked?.write() ?? new CallWriter();
  const said = (verdicts: readonly Verdict[]): string[] => flat(verdicts).map(({ code }) => code);
  expect(said(diagnose(writer.done()).verdicts)).not.toContain('media.far_end_leg_dead');
  // Nothing comes up, the line is counted, and has nothing to say back.
  const mute = { packetsReceived: 0, packetsSent: 0 };
  const silent = new CallWriter()
    .begins()
    .browser({ type: 'ice.candidate', candidate: HIDDEN })
    .rings()
    .answers()
    .runs(6, { page: 'nothing', caller: mute, callee: mute })
    .gateway({ type: 'leg.silence', code: 'ice.udp_blocked', afterMs: 5_000 })
    .runs(8, { page: 'nothing', caller: mute, callee: mute })
    .ends('ice.udp_blocked', 'gateway');
  expect(said(diagnose(silent.done()).verdicts)).toEqual(['ice.udp_blocked']);
});
