import { fault } from '@earshot/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientMessage, ServerMessage } from './messages.js';
import { LIMITS, TIMING } from './protocol.js';
import { VirtualLink } from './testing/virtual-link.js';

const id = (index: number): string => index.toString(16).padStart(32, '0');
const hangup = (index: number): ClientMessage => ({ type: 'call.hangup', callId: id(index) });
const digit = (index: number): ServerMessage => ({ type: 'call.dtmf', callId: id(index), digit: '5', durationMs: 100 });

function connected(): VirtualLink {
  const link = new VirtualLink();
  link.toClient({ type: 'connect' });
  link.run(200);
  expect(link.client.state).toBe('ready');
  return link;
}

describe('a session', () => {
  it('delivers what was sent before the welcome', () => {
    const link = new VirtualLink();
    link.toClient({ type: 'send', message: hangup(1) });
    link.toClient({ type: 'connect' });
    link.run(200);
    expect(link.atServer).toEqual([hangup(1)]);
  });

  it('is taken up again after a cut: nothing is lost, nothing comes twice', () => {
    const link = connected();
    link.toClient({ type: 'send', message: hangup(1) });
    link.toServer({ type: 'send', message: digit(1) });
    link.cut();
    link.toClient({ type: 'send', message: hangup(2) });
    link.toServer({ type: 'send', message: digit(2) });
    link.run(1_000);
    expect(link.atServer).toEqual([hangup(1), hangup(2)]);
    expect(link.atClient).toEqual([digit(1), digit(2)]);
    expect(link.states).toEqual(['connecting', 'ready', 'reconnecting', 'ready']);
    expect(link.welcomes.map((welcome) => welcome.resumed)).toEqual([false, true]);
  });

  it('is back within a tenth of a second after a cut', () => {
    const link = connected();
    link.run(TIMING.stable);
    link.cut();
    link.run(100);
    expect(link.client.state).toBe('ready');
  });

  it('drops a message that comes twice', () => {
    const link = connected();
    const frame = { type: 'message', seq: 1, ack: 0, message: hangup(1) } as const;
    link.toServer({ type: 'frame', connection: 1, frame });
    link.toServer({ type: 'frame', connection: 1, frame });
    expect(link.atServer).toEqual([hangup(1)]);
  });

  it('acknowledges in bulk when no message carries the acknowledgement', () => {
    const link = connected();
    for (let index = 0; index < 5; index += 1) link.toClient({ type: 'send', message: hangup(index) });
    link.run(500);
    const bare = link.log.filter(({ to, frame }) => to === 'client' && frame.type === 'ack');
    expect(bare.map(({ frame }) => frame)).toEqual([{ type: 'ack', ack: 5 }]);
  });

  it('lets the newer connection win when the old one lingers', () => {
    const link = connected();
    const hello = { type: 'hello', token: 'token', resume: { sessionId: 'session-1', received: 0 } } as const;
    const outputs =
      link.server?.handle(link.now, {
        type: 'attach',
        connection: 77,
        hello,
        ice: { servers: [], policy: 'auto', policies: [] },
      }) ?? [];
    expect(outputs.slice(0, 4)).toMatchObject([
      { type: 'transmit', connection: 1, frame: { type: 'error', fault: { code: 'signaling.replaced' } } },
      { type: 'disconnect', connection: 1 },
      { type: 'transmit', connection: 77, frame: { type: 'welcome', resumed: true } },
      { type: 'attached', resumed: true },
    ]);
    expect(link.server?.handle(link.now, { type: 'detach', connection: 1 })).toEqual([]);
  });

  it('cannot be resumed by a browser that claims to have what was never sent', () => {
    expect(connected().server?.resumable({ sessionId: 'session-1', received: 1 })).toBe(false);
  });

  it('ends with a bye', () => {
    const link = connected();
    link.toClient({ type: 'close' });
    link.run(100);
    expect(link.serverEnded).toEqual([undefined]);
    expect(link.client.state).toBe('closed');
  });
});

describe('a dead connection', () => {
  it('is noticed by both ends within two heartbeats, and resumed', () => {
    const link = connected();
    link.blackHole = true;
    link.toClient({ type: 'send', message: hangup(1) });
    link.run(2 * TIMING.heartbeat + 100);
    expect(link.states.at(-1)).toBe('reconnecting');
    link.blackHole = false;
    link.run(TIMING.connect + 2_000);
    expect(link.client.state).toBe('ready');
    expect(link.atServer).toEqual([hangup(1)]);
  });

  it('is noticed within two seconds when there is reason to suspect it', () => {
    const link = connected();
    link.blackHole = true;
    link.toClient({ type: 'suspect' });
    link.run(TIMING.suspicion);
    expect(link.states.at(-1)).toBe('reconnecting');
  });

  it('is not confused with a quiet one', () => {
    const link = connected();
    link.run(300_000);
    expect(link.states).toEqual(['connecting', 'ready']);
    expect(link.attempts).toHaveLength(1);
  });

  it('is asked, not presumed, after the machine slept', () => {
    const link = connected();
    link.now += 3_600_000;
    link.run(TIMING.suspicion - 100);
    expect(link.states).toEqual(['connecting', 'ready']);
  });

  it('costs the session when the grace period is over', () => {
    const link = connected();
    link.toClient({ type: 'send', message: hangup(1) });
    link.run(500);
    link.reachable = false;
    link.cut();
    link.toClient({ type: 'send', message: hangup(2) });
    link.run(TIMING.grace + 5_000);
    expect(link.serverEnded).toEqual([fault('signaling.client_gone')]);
    link.reachable = true;
    link.run(10_000);
    expect(link.lost).toEqual([fault('signaling.resume_expired')]);
    expect(link.welcomes.at(-1)).toMatchObject({ sessionId: 'session-2', resumed: false });
    link.toClient({ type: 'send', message: hangup(3) });
    link.run(500);
    expect(link.atServer).toEqual([hangup(1), hangup(3)]);
  });
});

describe('connecting', () => {
  it('is tried again after 0, 0.3, 1.2, 2.7, 4.8 and then every 7 s', () => {
    const link = connected();
    link.delay = 0;
    link.run(TIMING.stable);
    link.reachable = false;
    const start = link.now;
    link.cut();
    link.run(31_000);
    const gaps = link.attempts.slice(1).map((at, index, all) => at - (all[index - 1] ?? start));
    expect(gaps).toEqual([0, 300, 1_200, 2_700, 4_800, 7_000, 7_000, 7_000]);
  });

  it('is tried at once when somebody waits for it', () => {
    const link = connected();
    link.run(TIMING.stable);
    link.reachable = false;
    link.cut();
    link.run(6_000);
    link.reachable = true;
    const attempts = link.attempts.length;
    link.toClient({ type: 'suspect' });
    link.run(100);
    expect(link.attempts).toHaveLength(attempts + 1);
    expect(link.client.state).toBe('ready');
  });

  it('fails with a name when the first attempts do not succeed', () => {
    const link = new VirtualLink();
    link.reachable = false;
    link.toClient({ type: 'connect' });
    link.run(10_000);
    expect(link.states).toEqual(['connecting', 'closed']);
    expect(link.attempts).toHaveLength(3);
    link.reachable = true;
    link.toClient({ type: 'connect' });
    link.run(200);
    expect(link.client.state).toBe('ready');
  });

  it('stops at once when the token is refused', () => {
    const link = new VirtualLink();
    link.refusal = fault('auth.token_invalid');
    link.toClient({ type: 'connect' });
    link.run(10_000);
    expect(link.states).toEqual(['connecting', 'closed']);
    expect(link.attempts).toHaveLength(1);
  });

  it('gives an expired token one fresh try', () => {
    const link = new VirtualLink();
    link.refusal = fault('auth.token_expired');
    link.toClient({ type: 'connect' });
    link.run(10_000);
    expect(link.attempts).toHaveLength(2);
    expect(link.client.state).toBe('closed');
  });

  it('gives up on a server that opens but never says welcome', () => {
    const link = new VirtualLink();
    link.blackHole = true;
    link.toClient({ type: 'connect' });
    link.run(3 * TIMING.connect + 3_000);
    expect(link.states).toEqual(['connecting', 'closed']);
  });
});

describe('the outbox', () => {
  it('is bounded: a server whose browser acknowledges nothing ends the session', () => {
    const link = connected();
    link.blackHole = true;
    for (let index = 0; index <= LIMITS.outbox; index += 1) link.toServer({ type: 'send', message: digit(index) });
    expect(link.serverEnded).toMatchObject([{ code: 'signaling.too_many_messages' }]);
  });

  it('is bounded in the browser, which says that it starts afresh', () => {
    const link = new VirtualLink();
    for (let index = 0; index <= LIMITS.outbox; index += 1) link.toClient({ type: 'send', message: hangup(index) });
    expect(link.lost).toMatchObject([{ code: 'signaling.too_many_messages' }]);
  });
});

it('never loses, doubles or reorders a message, whatever happens to the connections', () => {
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.constant('client' as const) },
    { weight: 4, arbitrary: fc.constant('server' as const) },
    { weight: 2, arbitrary: fc.constant('cut' as const) },
    { weight: 1, arbitrary: fc.constant('suspect' as const) },
    { weight: 1, arbitrary: fc.constant('blackHole' as const) },
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 3_000 }) },
  );
  const delay = fc.integer({ min: 0, max: 400 });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), delay, (actions, oneWay) => {
      const link = new VirtualLink();
      link.delay = oneWay;
      link.toClient({ type: 'connect' });
      link.run(5_000);
      const sent = { client: [] as ClientMessage[], server: [] as ServerMessage[] };
      for (const [index, step] of actions.entries()) {
        if (step === 'client') {
          sent.client.push(hangup(index));
          link.toClient({ type: 'send', message: hangup(index) });
        } else if (step === 'server') {
          sent.server.push(digit(index));
          link.toServer({ type: 'send', message: digit(index) });
        } else if (step === 'cut') link.cut();
        else if (step === 'suspect') link.toClient({ type: 'suspect' });
        else if (step === 'blackHole') {
          link.blackHole = true;
          link.run(5_000);
          link.blackHole = false;
          // What vanished without notice broke the order of the wire, which only a closed connection can.
          link.cut();
        } else link.run(step);
      }
      link.run(60_000);
      expect(link.lost).toEqual([]);
      expect(link.atServer).toEqual(sent.client);
      expect(link.atClient).toEqual(sent.server);
    }),
    { seed: 2, numRuns: 400 },
  );
});
