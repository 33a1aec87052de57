import { fault } from '@earshot/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientMessage, ServerMessage } from './messages.js';
import { TIMING } from './protocol.js';
import { VirtualLink } from './testing/virtual-link.js';

const id = (index: number): string => index.toString(16).padStart(32, '0');
const hangup = (index: number): ClientMessage => ({ type: 'call.hangup', callId: id(index) });
const digit = (index: number): ServerMessage => ({ type: 'call.dtmf', callId: id(index), digit: '5', durationMs: 100 });

const call = {
  callId: id(9),
  direction: 'outgoing',
  remote: { uri: 'echo' },
  state: 'connected',
  connectedForMs: 1_000,
} as const;

/** A session that has said something in both directions. */
function connected(): VirtualLink {
  const link = new VirtualLink();
  link.toClient({ type: 'connect' });
  link.run(200);
  link.toClient({ type: 'send', message: hangup(1) });
  link.toServer({ type: 'send', message: digit(1) });
  link.run(500);
  link.calls = [call];
  return link;
}

describe('a page that was loaded anew', () => {
  it('takes the session up with its calls, and both directions begin again', () => {
    const link = connected();
    link.reload('session-1', true);
    link.run(200);
    expect(link.welcomes.at(-1)).toMatchObject({ resumed: true, received: 0, calls: [call] });
    expect(link.lost).toEqual([]);
    link.toClient({ type: 'send', message: hangup(2) });
    link.toServer({ type: 'send', message: digit(2) });
    link.run(500);
    expect(link.atServer).toEqual([hangup(1), hangup(2)]);
    expect(link.atClient).toEqual([digit(1), digit(2)]);
    expect(link.serverEnded).toEqual([]);
  });

  it('is not told what was meant for the page before: the calls of the welcome say it', () => {
    const link = connected();
    link.toServer({ type: 'send', message: digit(2) });
    link.reload('session-1', true);
    link.run(1_000);
    expect(link.atClient).toEqual([digit(1)]);
  });

  it('goes on as any other after a cut', () => {
    const link = connected();
    link.reload('session-1', true);
    link.run(200);
    link.cut();
    link.toClient({ type: 'send', message: hangup(2) });
    link.run(1_000);
    expect(link.welcomes.map(({ resumed, calls }) => [resumed, calls?.length])).toEqual([
      [false, undefined],
      [true, 1],
      [true, undefined],
    ]);
    expect(link.atServer).toEqual([hangup(1), hangup(2)]);
  });

  it('takes it up though the welcome of its first attempt was lost', () => {
    const link = connected();
    link.reload('session-1', true);
    link.run(50);
    link.cut();
    link.run(1_000);
    expect(link.welcomes.at(-1)).toMatchObject({ resumed: true, calls: [call] });
  });

  it('gets a new session where the one before is gone, and loses nothing that it has said since', () => {
    const link = connected();
    link.reachable = false;
    link.cut();
    link.run(TIMING.grace + 1_000);
    link.reachable = true;
    link.reload('session-1', false);
    link.toClient({ type: 'send', message: hangup(2) });
    link.run(500);
    expect(link.welcomes.at(-1)).toMatchObject({ sessionId: 'session-2', resumed: false });
    expect(link.welcomes.at(-1)).not.toHaveProperty('calls');
    expect(link.lost).toEqual([]);
    expect(link.atServer.at(-1)).toEqual(hangup(2));
  });

  it('keeps the page before from going on where it stopped', () => {
    const link = connected();
    const before = link.server?.name ?? '';
    link.reload('session-1', false);
    link.run(200);
    expect(link.server?.resumable({ sessionId: before, received: 0 })).toBe(false);
    expect(link.server?.resumable({ sessionId: link.server.name, received: 0 })).toBe(true);
  });
});

describe('a page that leaves', () => {
  const leave = (link: VirtualLink): void => {
    link.toClient({ type: 'leave' });
    link.run(100);
  };

  it('is waited for as long as a reload takes', () => {
    const link = connected();
    leave(link);
    link.run(TIMING.reload - 200);
    expect(link.serverEnded).toEqual([]);
    link.run(200);
    expect(link.serverEnded).toEqual([fault('signaling.client_gone')]);
  });

  it('is waited for as long as any other once it came back', () => {
    const link = connected();
    leave(link);
    link.reload('session-1', false);
    link.run(200);
    link.reachable = false;
    link.cut();
    link.run(TIMING.grace - 1_000);
    expect(link.serverEnded).toEqual([]);
  });

  it('has not left when it says more', () => {
    const link = connected();
    link.toServer({ type: 'frame', connection: 1, frame: { type: 'leaving' } });
    expect(link.server?.leaving).toBe(true);
    link.toServer({ type: 'frame', connection: 1, frame: { type: 'pong' } });
    expect(link.server?.leaving).toBe(false);
  });
});

it('hands over what each page says once and in order, however often pages come and connections go', () => {
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.constant('client' as const) },
    { weight: 4, arbitrary: fc.constant('server' as const) },
    { weight: 2, arbitrary: fc.constant('cut' as const) },
    { weight: 2, arbitrary: fc.constant('reload' as const) },
    { weight: 1, arbitrary: fc.constant('crash' as const) },
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 3_000 }) },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), fc.integer({ min: 0, max: 400 }), (actions, oneWay) => {
      const link = new VirtualLink();
      link.delay = oneWay;
      link.toClient({ type: 'connect' });
      link.run(5_000);
      const pages: ClientMessage[][] = [[]];
      const said: ServerMessage[] = [];
      for (const [index, step] of actions.entries()) {
        if (step === 'client') {
          const message = hangup(index);
          pages.at(-1)?.push(message);
          link.toClient({ type: 'send', message });
        } else if (step === 'server') {
          const message = digit(index);
          said.push(message);
          link.toServer({ type: 'send', message });
        } else if (step === 'reload' || step === 'crash') {
          pages.push([]);
          link.reload('session-1', step === 'reload');
        } else if (step === 'cut') link.cut();
        else link.run(step);
      }
      link.run(30_000);
      expect(link.lost).toEqual([]);
      expect(link.serverEnded).toEqual([]);
      expect(link.client.state).toBe('ready');
      // What a page said last may have gone with it; nothing of the one that is there is missing.
      const arrived = [...link.atServer];
      for (const page of pages) {
        const heard = arrived.splice(0, arrived.filter((message) => page.includes(message)).length);
        const isLast = page === pages.at(-1);
        expect(heard).toEqual(isLast ? page : page.slice(0, heard.length));
      }
      expect(arrived).toEqual([]);
      // A page hears a run of what was said: in order, nothing twice.
      const places = link.atClient.map((message) => said.indexOf(message));
      expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
    }),
    { seed: 3, numRuns: 400 },
  );
});
