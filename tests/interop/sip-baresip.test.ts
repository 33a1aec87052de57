import { afterEach, describe, expect, it } from 'vitest';
import { Baresip } from '../harness/baresip.js';
import { lacks } from '../harness/peers.js';
import { until } from '../harness/process.js';
import { SipShell } from './sip-shell.js';

const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 9 RTP/AVP 8',
  'a=rtpmap:8 PCMA/8000',
  '',
].join('\r\n');

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function open(): Promise<SipShell> {
  const shell = await SipShell.open();
  cleanUps.push(() => shell.close());
  return shell;
}

async function phone(answer: 'auto' | 'manual'): Promise<Baresip> {
  const started = await Baresip.start({ answer });
  cleanUps.push(() => started.stop());
  return started;
}

function dial(shell: SipShell, { uri }: Baresip): void {
  const flow = shell.flowTo(Number(uri.split(':').at(-1)));
  shell.act({ type: 'invite', legId: 'a', uri, from: { uri: 'sip:earshot@127.0.0.1' }, flow, sdp: SDP });
}

const has = (shell: SipShell, type: string) => () => shell.story.includes(type) || undefined;

describe.skipIf(lacks('baresip'))('baresip', () => {
  it('answers us, and is hung up', async () => {
    const [shell, baresip] = [await open(), await phone('auto')];
    dial(shell, baresip);
    await baresip.waitFor('CALL_ESTABLISHED');
    shell.act({ type: 'hangup', legId: 'a' });
    await baresip.waitFor('CALL_CLOSED');
    expect(shell.story.at(-1)).toBe('ended');
  });

  it('rings, and is cancelled', async () => {
    const [shell, baresip] = [await open(), await phone('manual')];
    dial(shell, baresip);
    await until('ringing', has(shell, 'progress'));
    shell.act({ type: 'hangup', legId: 'a' });
    await baresip.waitFor('CALL_CLOSED');
    await until('the 487', has(shell, 'failed'));
  });

  it('declines', async () => {
    const [shell, baresip] = [await open(), await phone('manual')];
    dial(shell, baresip);
    await baresip.waitFor('CALL_INCOMING');
    baresip.hangUp();
    await until('the refusal', has(shell, 'failed'));
    const failed = shell.events.find((event) => event.type === 'failed');
    expect(['sip.busy', 'sip.declined']).toContain(failed?.fault.code);
  });

  it('calls us and hangs up', async () => {
    const [shell, baresip] = [await open(), await phone('manual')];
    shell.onEvent = (event) => {
      if (event.type === 'incoming') shell.act({ type: 'answer', legId: event.legId, sdp: SDP });
    };
    baresip.dial(`sip:line@127.0.0.1:${shell.port}`);
    await baresip.waitFor('CALL_ESTABLISHED');
    await until('the ACK', has(shell, 'confirmed'));
    baresip.hangUp();
    await until('the BYE', has(shell, 'ended'));
    expect(shell.story).toEqual(['incoming', 'confirmed', 'ended']);
  });
});
