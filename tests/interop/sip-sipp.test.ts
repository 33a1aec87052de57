import { Pii } from '@earshot/base';
import type { MessageSummary, SipEvent } from '@earshot/sip';
import { afterEach, describe, expect, it } from 'vitest';
import { lacks } from '../harness/peers.js';
import { SipShell } from './sip-shell.js';
import { runSipp, type Sipp } from './sipp.js';

const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 9 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
  '',
].join('\r\n');

const shells: SipShell[] = [];
afterEach(async () => {
  for (const shell of shells.splice(0)) await shell.close();
});

async function open(): Promise<SipShell> {
  // A short T1, so that what takes 64 of them takes 2 s.
  const shell = await SipShell.open({ timers: { t1: 30, t2: 120, t4: 150 } });
  shells.push(shell);
  return shell;
}

/** Resolves with the first event of the type, past or to come. */
function eventOf<T extends SipEvent['type']>(shell: SipShell, type: T): Promise<Extract<SipEvent, { type: T }>> {
  const is = (event: SipEvent): event is Extract<SipEvent, { type: T }> => event.type === type;
  const past = shell.events.find(is);
  if (past !== undefined) return Promise.resolve(past);
  return new Promise((resolve) => {
    const before = shell.onEvent;
    shell.onEvent = (event) => {
      before(event);
      if (is(event)) resolve(event);
    };
  });
}

const countSent = (shell: SipShell, counts: (summary: MessageSummary) => boolean): number =>
  shell.events.filter((event) => event.type === 'message' && event.direction === 'out' && counts(event.summary)).length;

function dial(shell: SipShell, { port }: Sipp): void {
  shell.act({
    type: 'invite',
    legId: 'a',
    uri: `sip:service@127.0.0.1:${port}`,
    from: { uri: `sip:earshot@127.0.0.1:${shell.port}`, displayName: 'Earshot' },
    flow: shell.flowTo(port),
    sdp: SDP,
    credentials: { realm: 'trunk.example', username: 'earshot', password: new Pii('hunter2') },
    sessionId: 'a'.repeat(32),
  });
}

describe.skipIf(lacks('sipp'))('SIPp calls', () => {
  async function callee({ answerAfterMs }: { readonly answerAfterMs: number | undefined }): Promise<SipShell> {
    const shell = await open();
    shell.onEvent = (event) => {
      if (event.type !== 'incoming') return;
      shell.act({ type: 'ring', legId: event.legId, status: 180 });
      if (answerAfterMs === undefined) return;
      setTimeout(() => shell.act({ type: 'answer', legId: event.legId, sdp: SDP }), answerAfterMs);
    };
    return shell;
  }

  it('and hangs up', async () => {
    const shell = await callee({ answerAfterMs: 50 });
    const sipp = await runSipp('uac-call', shell.port);
    expect(await sipp.done).toBe('');
    expect(shell.story).toEqual(['incoming', 'confirmed', 'ended']);
    expect(shell.events.find((event) => event.type === 'incoming')).toMatchObject({
      request: { uri: { user: 'earshot' }, from: { user: 'sipp' } },
    });
  });

  it('and drops its ACK: the 200 is repeated, then the call ends with BYE and sip.ack_lost', async () => {
    const shell = await callee({ answerAfterMs: 0 });
    const sipp = await runSipp('uac-drops-ack', shell.port);
    expect(await sipp.done).toBe('');
    expect((await eventOf(shell, 'ended')).fault?.code).toBe('sip.ack_lost');
    expect(
      countSent(shell, ({ status, method, retransmission }) => status === 200 && method === 'INVITE' && retransmission),
    ).toBeGreaterThan(9);
  });

  it('and cancels while it rings', async () => {
    const shell = await callee({ answerAfterMs: undefined });
    const sipp = await runSipp('uac-cancel', shell.port);
    expect(await sipp.done).toBe('');
    expect(shell.story).toEqual(['incoming', 'cancelled']);
  });

  it('and cancels too late: the call stands', async () => {
    const shell = await callee({ answerAfterMs: 0 });
    const sipp = await runSipp('uac-late-cancel', shell.port);
    expect(await sipp.done).toBe('');
    expect(shell.story).toEqual(['incoming', 'confirmed', 'ended']);
  });
});

describe.skipIf(lacks('sipp'))('SIPp is called', () => {
  async function call(scenario: string): Promise<{ shell: SipShell; sipp: Sipp }> {
    const shell = await open();
    const sipp = await runSipp(scenario);
    dial(shell, sipp);
    return { shell, sipp };
  }

  it('and answers', async () => {
    const { shell, sipp } = await call('uas-answers');
    expect((await eventOf(shell, 'answered')).sdp).toContain('m=audio 6000 RTP/AVP 0');
    shell.act({ type: 'hangup', legId: 'a' });
    expect(await sipp.done).toBe('');
    expect(shell.story).toEqual(['progress', 'answered', 'ended']);
  });

  it('and is busy', async () => {
    const { shell, sipp } = await call('uas-busy');
    expect(await eventOf(shell, 'failed')).toMatchObject({ fault: { code: 'sip.busy' }, status: 486, local: false });
    expect(await sipp.done).toBe('');
  });

  it('and repeats its 200: each copy gets an ACK', async () => {
    const { shell, sipp } = await call('uas-repeats-200');
    await eventOf(shell, 'answered');
    setTimeout(() => shell.act({ type: 'hangup', legId: 'a' }), 50);
    expect(await sipp.done).toBe('');
    expect(shell.story).toEqual(['answered', 'ended']);
    expect(countSent(shell, ({ method }) => method === 'ACK')).toBeGreaterThan(1);
  });

  it('and answers what was cancelled: it gets an ACK and a BYE', async () => {
    const { shell, sipp } = await call('uas-answers-cancelled');
    await eventOf(shell, 'progress');
    shell.act({ type: 'hangup', legId: 'a' });
    expect(await sipp.done).toBe('');
    expect(shell.story).toEqual(['progress', 'failed']);
    expect((await eventOf(shell, 'failed')).fault.code).toBe('sip.cancelled_by_caller');
  });

  it('and asks for credentials, which it verifies', async () => {
    const { shell, sipp } = await call('uas-challenges');
    await eventOf(shell, 'answered');
    setTimeout(() => shell.act({ type: 'hangup', legId: 'a' }), 50);
    expect(await sipp.done).toBe('');
  });
});
