import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TransportAddress } from '@earshot/base';
import type { Diagnosis } from '@earshot/diagnosis';
import type { CallTimeline } from '@earshot/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Baresip } from '../harness/baresip.js';
import { lacks, programPath } from '../harness/peers.js';
import { type Program, startProgram, temporaryFolder, until } from '../harness/process.js';
import { runSipp } from './sipp.js';

const run = promisify(execFile);
const EARSHOT = fileURLToPath(new URL('../../apps/gateway/bin/earshot.mjs', import.meta.url));

/** An address of loopback that nothing else of these tests uses, so that the call is found by it. */
const CALLEE = '127.0.7.2';
/** A call must last until the symptom is beyond doubt. */
const CALL_MS = 6_000;

const NOWHERE: TransportAddress = { address: '', port: 0 };

interface Judged {
  readonly format: string;
  readonly calls: readonly { readonly timeline: CallTimeline; readonly diagnosis: Diagnosis }[];
}

const folder = temporaryFolder('captures');
const file = (name: string): string => join(folder.path, name);

async function diagnosed(path: string): Promise<Judged> {
  const { stdout } = await run(process.execPath, [EARSHOT, 'diagnose', path, '--json'], { maxBuffer: 64 << 20 });
  return JSON.parse(stdout) as Judged;
}

/** A call that failed at once, one on which only one end speaks, and one that is as it should be, all in one capture. */
async function makeCalls(): Promise<{ readonly busyPort: number; readonly silentPort: number }> {
  const phones = await Promise.all([
    Baresip.start({ user: 'refused' }),
    // The scenario that answers knows PCMU alone, and sends nothing.
    Baresip.start({ user: 'unheard', codecs: ['pcmu/8000/1'] }),
    Baresip.start({ user: 'heard' }),
    Baresip.start({ user: 'callee', address: CALLEE }),
  ]);
  const [refused, unheard, heard, callee] = phones as [Baresip, Baresip, Baresip, Baresip];
  try {
    const [busy, silent] = await Promise.all([runSipp('uas-busy'), runSipp('uas-answers')]);
    refused.dial(`sip:busy@127.0.0.1:${busy.port}`);
    unheard.dial(`sip:silent@127.0.0.1:${silent.port}`);
    heard.dial(callee.uri);
    await Promise.all([heard.waitFor('CALL_ESTABLISHED'), unheard.waitFor('CALL_ESTABLISHED')]);
    await new Promise((resolve) => setTimeout(resolve, CALL_MS));
    heard.hangUp();
    unheard.hangUp();
    await Promise.all([heard.waitFor('CALL_CLOSED'), unheard.waitFor('CALL_CLOSED'), refused.waitFor('CALL_CLOSED')]);
    expect(await Promise.all([busy.done, silent.done])).toEqual(['', '']);
    return { busyPort: busy.port, silentPort: silent.port };
  } finally {
    await Promise.all(phones.map((phone) => phone.stop()));
  }
}

describe.skipIf(lacks('tshark', 'baresip', 'sipp'))('a capture of SIP and RTP', () => {
  let judged: Judged;
  let ports: Awaited<ReturnType<typeof makeCalls>>;

  beforeAll(async () => {
    const path = file('calls.pcapng');
    const capture: Program = startProgram(programPath('tshark'), [...['-i', 'lo', '-w', path, '-q', '-f', 'udp']]);
    try {
      await until('the capture', () => /Capturing on/.test(capture.output()) || undefined);
      ports = await makeCalls();
      // What was captured is written a moment later.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    } finally {
      await capture.stop();
    }
    judged = await diagnosed(path);
    expect(judged.format).toBe('pcapng');
  });
  afterAll(() => folder.remove());

  /** The call that went there. */
  const callTo = ({ calls }: Judged, matches: (remote: TransportAddress) => boolean) => {
    const call = calls.find(({ timeline }) =>
      timeline.entries.some(({ event }) => event.type === 'sip.message' && matches(event.remote ?? NOWHERE)),
    );
    if (call === undefined) throw new Error(`no such call among ${calls.length}`);
    return call;
  };

  it('says nothing against a call on which both are heard, and how it sounded', () => {
    const { timeline, diagnosis } = callTo(judged, ({ address }) => address === CALLEE);
    // A machine that is short of time degrades a call for real, and the capture says so.
    expect(diagnosis.verdicts.filter(({ weight }) => weight === 'fault')).toEqual([]);
    for (const leg of ['caller', 'callee'] as const) {
      const figures = timeline.samples.filter((sample) => sample.leg === leg).map((sample) => sample.figures);
      const whole = figures.slice(1, -1);
      expect(whole.length).toBeGreaterThan(4);
      for (const second of whole) {
        expect(second).toMatchObject({ codec: 'PCMA', packetsRefused: 0 });
        expect((second as { packetsReceived: number }).packetsReceived).toBeGreaterThan(20);
        expect((second as { levelDb: number }).levelDb).toBeGreaterThan(-30);
      }
    }
  });

  it('names the end that sends nothing', () => {
    const { diagnosis } = callTo(judged, ({ port }) => port === ports.silentPort);
    expect(diagnosis.verdicts[0]).toMatchObject({ code: 'media.far_end_leg_dead', side: 'far-end', weight: 'fault' });
  });

  it('names a refusal', () => {
    const { diagnosis } = callTo(judged, ({ port }) => port === ports.busyPort);
    expect(diagnosis.verdicts[0]).toMatchObject({ code: 'sip.busy', side: 'far-end', weight: 'fault' });
  });

  it('says the same of the classic format', async () => {
    await run(programPath('tshark'), ['-r', file('calls.pcapng'), '-F', 'nsecpcap', '-w', file('calls.pcap')]);
    const same = await diagnosed(file('calls.pcap'));
    expect(same.format).toBe('pcap');
    const codes = ({ calls }: Judged): unknown =>
      calls.map(({ diagnosis }) => diagnosis.verdicts.map(({ code }) => code));
    expect(codes(same)).toEqual(codes(judged));
  });
});
