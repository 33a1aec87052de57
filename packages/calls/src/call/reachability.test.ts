import { fault, type TransportAddress } from '@earshot/base';
import { describe, expect, it } from 'vitest';
import type { MediaEvent } from '../media.js';
import { CallHarness } from '../testing/call-harness.js';
import { browserAnswer, browserSdp, sipSdp } from '../testing/peers.js';

const BROWSER: TransportAddress = { address: '198.51.100.9', port: 50_000 };

const ice = (state: 'checking' | 'connected' | 'lost', legId = 'A'): MediaEvent => ({ type: 'leg.ice', legId, state });
const check = (outcome: string): MediaEvent => ({ type: 'leg.check', legId: 'A', outcome, from: BROWSER, count: 1 });
const flight = (direction: 'in' | 'out', number: number): MediaEvent => ({
  type: 'leg.flight',
  legId: 'A',
  direction,
  flight: number,
  bytes: 900,
  retransmission: false,
});
const part = (number: number): MediaEvent => ({ type: 'leg.partial_flight', legId: 'A', flight: number, bytes: 200 });

const silences = (harness: CallHarness) =>
  harness.all('leg.silence').map(({ legId, fault: { code }, afterMs }) => ({ legId, code, afterMs }));

/** What a browser may get to, and the name of what it lacks then. */
const WAYS: readonly (readonly [what: string, code: string, events: readonly MediaEvent[]])[] = [
  ['nothing at all', 'ice.udp_blocked', []],
  ['checks with another password', 'ice.credential_mismatch', [check('bad-integrity')]],
  ['checks that are none', 'ice.udp_blocked', [check('malformed')]],
  ['checks whose answers are lost', 'ice.nat_needs_relay', [check('valid'), ice('checking')]],
  ['a path without a ClientHello', 'dtls.blackholed', [ice('checking'), ice('connected')]],
  ['a part of the ClientHello', 'dtls.mtu_drop', [ice('connected'), part(1)]],
  ['a ClientHello, and nothing after it', 'dtls.blackholed', [ice('connected'), part(1), flight('in', 1)]],
  ['a part of flight 5', 'dtls.mtu_drop', [ice('connected'), flight('in', 1), flight('out', 4), part(5)]],
  ['a ClientHello before any nomination', 'dtls.blackholed', [check('valid'), ice('checking'), flight('in', 1)]],
  ['every flight, but no keys', 'dtls.timeout', [ice('connected'), flight('in', 1), flight('in', 5)]],
  ['a path that went away', 'ice.consent_lost', [ice('connected'), ice('lost')]],
];

describe('a browser that does not get through', () => {
  it.each(WAYS)('with %s is named %s after five seconds, while it rings', (_, code, events) => {
    const harness = new CallHarness('browser', 'sip').setUp();
    for (const event of events) harness.media(event);
    harness.wait(4999);
    expect(silences(harness)).toEqual([]);
    harness.wait(1);
    expect(silences(harness)).toEqual([{ legId: 'A', code, afterMs: 5000 }]);
    expect(harness.wait(10_000).call.state).toBe('routing');
    expect(silences(harness)).toHaveLength(1);
  });

  it.each(WAYS.filter(([, code]) => code !== 'ice.consent_lost'))(
    'with %s ends the call as %s, whoever gives up first',
    (_, code, events) => {
      const expired = new CallHarness('browser', 'sip').setUp().answer(sipSdp());
      const hungUp = new CallHarness('browser', 'sip').setUp().answer(sipSdp());
      const timedOut = new CallHarness('browser', 'sip').setUp().answer(sipSdp());
      for (const harness of [expired, hungUp, timedOut]) for (const event of events) harness.media(event);
      expired.wait(30_000);
      hungUp.wait(6000).send({ type: 'leg.ended', legId: 'A' });
      timedOut.media({ type: 'leg.failed', legId: 'A', fault: fault('dtls.timeout') });
      for (const harness of [expired, hungUp, timedOut]) {
        expect(harness.one('ended')).toMatchObject({ result: 'failed', fault: { code, where: 'caller' } });
      }
    },
  );

  it('is in a network that lets UDP out when it knows its outer address', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    for (const candidate of ['host', 'relay', 'srflx'] as const) {
      harness.send({ type: 'leg.gathered', legId: 'A', candidate });
    }
    harness.wait(5000);
    expect(silences(harness)).toMatchObject([{ code: 'ice.nat_needs_relay' }]);
  });

  it('gets five seconds for each step', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    harness.wait(4000).media(ice('checking'));
    harness.wait(4000).media(ice('connected'));
    harness.wait(4000).media(flight('in', 1));
    expect(silences(harness)).toEqual([]);
    harness.wait(4999);
    expect(silences(harness)).toEqual([]);
    harness.wait(1);
    expect(silences(harness)).toEqual([{ legId: 'A', code: 'dtls.blackholed', afterMs: 17_000 }]);
  });

  it('is told of again when it was described again in vain', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    harness.wait(6000);
    harness.send({ type: 'leg.description', legId: 'A', sdp: browserSdp('111 110', { ufrag: 'newu' }) });
    harness.wait(5000);
    expect(silences(harness).map(({ afterMs }) => afterMs)).toEqual([5000, 5000]);
  });

  it('may be the one that was called', () => {
    const harness = new CallHarness('sip', 'browser').setUp();
    harness.wait(10_000);
    expect(silences(harness)).toEqual([]);
    harness.answer(browserAnswer()).wait(5000);
    expect(silences(harness)).toEqual([{ legId: 'B', code: 'ice.udp_blocked', afterMs: 5000 }]);
    harness.wait(25_000);
    expect(harness.one('ended').fault).toMatchObject({ code: 'ice.udp_blocked', where: 'callee' });
  });
});

describe('a browser that gets through', () => {
  it('is not spoken of, and what it took on the way is no reason of a later end', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    harness.wait(6000);
    expect(silences(harness)).toHaveLength(1);
    harness.secure('A').answer(sipSdp()).wait(6000);
    expect(silences(harness)).toHaveLength(1);
    harness.send({ type: 'leg.ended', legId: 'A' });
    expect(harness.one('ended')).toMatchObject({ result: 'completed', reason: 'normal' });
  });

  it('hangs up for no other reason when its path was lost in mid-call', () => {
    const harness = new CallHarness('browser', 'sip').setUp().secure('A').answer(sipSdp()).confirmAll();
    harness.media(ice('lost'));
    harness.send({ type: 'leg.description', legId: 'A', sdp: browserSdp('111 110', { ufrag: 'newu' }) });
    harness.wait(6000);
    expect(silences(harness)).toMatchObject([{ code: 'ice.consent_lost' }]);
    harness.send({ type: 'leg.ended', legId: 'A' });
    expect(harness.one('ended')).toMatchObject({ result: 'completed', reason: 'normal' });
  });

  it('may nominate its path long after the handshake', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    harness.media(ice('checking'));
    harness.media({ type: 'leg.dtls', legId: 'A', state: 'connected' });
    harness.answer(sipSdp()).confirmAll();
    expect(harness.wait(60_000).call.state).toBe('connected');
    expect(silences(harness)).toEqual([]);
  });

  it('leaves nothing to wait for', () => {
    const harness = new CallHarness('browser', 'sip').setUp().secure('A').answer(sipSdp()).confirmAll();
    harness.wait(60_000);
    expect(harness.call.state).toBe('connected');
    expect(harness.call.nextTimeout).toBeUndefined();
  });
});

it('a call given up before its answer was given up, whatever its browser could reach', () => {
  const harness = new CallHarness('browser', 'sip').setUp();
  harness.wait(6000).send({ type: 'leg.ended', legId: 'A' });
  expect(harness.one('ended')).toMatchObject({ result: 'cancelled' });
});

it('new addresses of ours are in the next description, not before', () => {
  const harness = new CallHarness('browser', 'sip').setUp().secure('A').answer(sipSdp()).confirmAll();
  const address = '2001:db8::7';
  expect(harness.send({ type: 'local.candidates', candidates: [{ address, port: 40_001 }] })).toEqual([]);
  harness.send({ type: 'leg.description', legId: 'A', sdp: browserSdp('111 110', { ufrag: 'newu' }) });
  const [before, after] = harness.all('leg.describe').map(({ sdp }) => sdp);
  expect(before).not.toContain(address);
  expect(after).toContain(`c=IN IP6 ${address}`);
  expect(after).not.toContain('192.0.2.1');
});
