import { describe, expect, it } from 'vitest';
import { CallHarness } from '../testing/call-harness.js';
import { browserAnswer, browserSdp, sipSdp } from '../testing/peers.js';

const connected = (): CallHarness =>
  new CallHarness('browser', 'sip').setUp().secure('A').answer(sipSdp()).confirmAll();

/** The credentials that were opened for restarts to come, and those that browsers were told. */
const opened = (harness: CallHarness): readonly string[] =>
  harness.commands('webrtc.restart').flatMap(({ ice, isSpare }) => (isSpare === true ? [ice.ufrag] : []));
const told = (harness: CallHarness): readonly string[] => harness.all('leg.spare').map(({ ice }) => ice.ufrag);

const restartedAs = (ufrag: string, more: Parameters<typeof browserSdp>[1] = {}) =>
  ({ type: 'leg.restarted', legId: 'A', sdp: browserSdp('111 0 8 110 101', { ufrag, ...more }) }) as const;

describe('credentials for a restart to come', () => {
  it('are opened and told once a browser has a path, to a called one as well', () => {
    const harness = connected();
    expect(opened(harness)).toHaveLength(1);
    expect(told(harness)).toEqual(opened(harness));
    const called = new CallHarness('sip', 'browser').setUp().answer(browserAnswer());
    expect(told(called)).toEqual([]);
    called.secure('B');
    expect(called.one('leg.spare').legId).toBe('B');
  });

  it('are replaced once they were used, and the far end hears nothing of it', () => {
    const harness = connected();
    const before = harness.outputs.length;
    harness.send(restartedAs('newu'));
    const [remote, open, spare, ...more] = harness.outputs.slice(before);
    expect(remote).toMatchObject({
      command: { type: 'webrtc.remote', legId: 'A', remote: { ice: { ufrag: 'newu' } } },
    });
    expect(open).toMatchObject({ command: { type: 'webrtc.restart', isSpare: true } });
    expect(spare).toMatchObject({ type: 'leg.spare', legId: 'A' });
    expect(more).toEqual([]);
    expect(told(harness)).toEqual(opened(harness));
    expect(new Set(told(harness)).size).toBe(2);
    expect(harness.call.state).toBe('connected');
  });

  it('are what the leg speaks with from then on', () => {
    const harness = connected();
    const [spare] = told(harness);
    harness.send(restartedAs('newu'));
    // An offer that restarts nothing is answered with the credentials in use.
    harness.send({ type: 'leg.description', legId: 'A', sdp: browserSdp('111 110', { ufrag: 'newu' }) });
    expect(harness.all('leg.describe').at(-1)?.sdp).toContain(`a=ice-ufrag:${spare}`);
    expect(told(harness)).toHaveLength(2);
  });

  it('are replaced by a restart with an offer, too', () => {
    const harness = connected();
    harness.send({ type: 'leg.description', legId: 'A', sdp: browserSdp('111 110', { ufrag: 'newu' }) });
    expect(told(harness)).toHaveLength(2);
    expect(told(harness)).toEqual(opened(harness));
  });

  it.each([
    ['garbage', { ...restartedAs('newu'), sdp: 'garbage' }, 'media.bad_sdp'],
    [
      'another certificate',
      restartedAs('newu', { fingerprint: Array(32).fill('EE').join(':') }),
      'dtls.fingerprint_mismatch',
    ],
  ] as const)('with %s are refused, and stay good', (_, input, code) => {
    const harness = connected();
    expect(harness.send(input)).toMatchObject([{ type: 'leg.refuse', legId: 'A', fault: { code } }]);
    expect(told(harness)).toHaveLength(1);
    expect(harness.call.state).toBe('connected');
  });

  it('that were never told cannot have been used', () => {
    const harness = new CallHarness('browser', 'sip').setUp();
    expect(harness.send(restartedAs('newu'))).toMatchObject([
      { type: 'leg.refuse', fault: { code: 'call.wrong_state' } },
      { type: 'media' },
      { type: 'leg.spare' },
    ]);
  });
});
