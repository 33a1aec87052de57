import type { TimelineEntry } from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.js';
import { startDiagnosis } from './engine.js';
import { AUDIO, CallWriter, GOOD_LEG, GOOD_PAGE, START } from './testing/call-writer.js';
import { CASES } from './testing/cases.js';
import { live } from './testing/live.js';
import { seeded } from './testing/random.js';

const told = (writer: CallWriter): string[] =>
  live(writer.done()).said.map(({ type, code, at }) => `${Math.round((at - START) / 1000)} ${type.slice(8)} ${code}`);

describe('what was said is taken back', () => {
  it('when loss is over', () => {
    const loss = { packetsLost: 8, packetsReceived: 42 };
    const writer = new CallWriter().connects().runs(5).runs(8, { caller: loss }).runs(12).ends();
    expect(told(writer)).toEqual([
      expect.stringMatching(/raised network\.loss$/),
      expect.stringMatching(/withdrawn network\.loss$/),
    ]);
    const [verdict] = diagnose(writer.done()).verdicts;
    expect(verdict?.until).toBeGreaterThan(verdict?.since ?? 0);
  });

  it('when a path is back', () => {
    const gone = {
      page: { packetsReceived: 0, packetsSent: 0, transportBytesReceived: 0 },
      caller: { packetsReceived: 0 },
    };
    const writer = new CallWriter().connects().runs(5).runs(8, gone).runs(8).ends();
    expect(told(writer)).toEqual([
      expect.stringMatching(/raised ice\.path_lost$/),
      expect.stringMatching(/withdrawn ice\.path_lost$/),
    ]);
  });

  it('when the page plays at last, the socket is back, the hold is over', () => {
    const blocked = { type: 'playout.state', state: 'failed', code: 'playout.autoplay_blocked' } as const;
    const writer = new CallWriter()
      .connects()
      .browser(blocked)
      .runs(4)
      .browser({ type: 'playout.state', state: 'playing' })
      .runs(4)
      .gateway({ type: 'leg.signaling', state: 'lost' })
      .runs(6)
      .gateway({ type: 'leg.signaling', state: 'resumed' })
      .runs(4)
      .gateway({ type: 'sdp.set', side: 'remote', kind: 'offer', audio: { ...AUDIO, direction: 'sendonly' } }, 'callee')
      .runs(4)
      .gateway({ type: 'sdp.set', side: 'remote', kind: 'offer', audio: AUDIO }, 'callee')
      .runs(4)
      .ends();
    expect(told(writer).map((line) => line.replace(/^\d+ /, ''))).toEqual([
      'raised playout.autoplay_blocked',
      'withdrawn playout.autoplay_blocked',
      'raised signaling.ws_dropped',
      'withdrawn signaling.ws_dropped',
      'raised media.on_hold',
      'withdrawn media.on_hold',
    ]);
  });

  it('but not since the call ended', () => {
    const writer = new CallWriter()
      .connects()
      .runs(5)
      .runs(8, { caller: { packetsReceived: 0 }, callee: { packetsSent: 0 } })
      .ends();
    expect(told(writer)).toEqual([expect.stringMatching(/raised media\.one_way_uplink$/)]);
    expect(diagnose(writer.done()).verdicts[0]).not.toHaveProperty('until');
  });
});

describe('evidence', () => {
  it('leads to entries and samples where there are indexes, and to times where there are none', () => {
    const writer = new CallWriter()
      .connects()
      .runs(5)
      .runs(8, { caller: { packetsLost: 9, packetsReceived: 41 } })
      .ends();
    const timeline = writer.done();
    const [after] = diagnose(timeline).verdicts;
    expect(after?.evidence.every(({ sample, at }) => sample !== undefined && timeline.samples[sample]?.at === at)).toBe(
      true,
    );
    const [now] = live(timeline).verdicts;
    expect(now?.evidence.length).toBeGreaterThan(0);
    expect(now?.evidence.every((one) => !('sample' in one) && !('entry' in one))).toBe(true);
  });
});

describe('what each party can see', () => {
  it('does not take the silence of a gateway for a fact that was not asked', () => {
    const writer = new CallWriter('browser', 'sip', ['browser'])
      .browser({ type: 'ice.connection', state: 'connected' })
      .runs(20);
    const { verdicts, coverage, summary } = diagnose(writer.done());
    expect(verdicts).toEqual([]);
    expect(coverage.cannot.length).toBeGreaterThan(0);
    expect(summary).toBe('Nothing was wrong, as far as this can show.');
  });

  it('names a browser that hears nothing, with less confidence', () => {
    const deaf = { packetsReceived: 0, transportBytesReceived: 200, remoteEnergy: 0 };
    const writer = new CallWriter('browser', 'sip', ['browser'])
      .browser({ type: 'ice.connection', state: 'connected' })
      .runs(5)
      .runs(12, { page: deaf });
    const [first] = diagnose(writer.done()).verdicts;
    expect(first).toMatchObject({ code: 'media.one_way_downlink', confidence: 0.5 });
  });

  it('guesses from a browser alone why it found no way', () => {
    const writer = new CallWriter('browser', 'sip', ['browser'])
      .browser({ type: 'ice.attempt', policy: 'all', reason: 'start' })
      .browser({ type: 'ice.candidate', candidate: { type: 'host', protocol: 'udp', address: 'x.local', port: 1 } })
      .after(15_200)
      .browser({ type: 'ice.connection', state: 'failed' });
    expect(diagnose(writer.done()).verdicts[0]).toMatchObject({ code: 'ice.udp_blocked', confidence: 0.5 });
  });

  it('takes exactly no energy for a mute where the page says nothing of its track', () => {
    const writer = new CallWriter('browser', 'sip', ['browser'])
      .browser({ type: 'ice.connection', state: 'connected' })
      .runs(12, { page: { micEnergy: 0 } });
    expect(diagnose(writer.done()).verdicts[0]).toMatchObject({ code: 'mic.muted_in_app', weight: 'hint' });
  });
});

describe('memory and order', () => {
  it('stays bounded however long a call lasts and whatever comes', () => {
    const random = seeded(11);
    const diagnosis = startDiagnosis({ callId: 'x', startedAt: START, caller: 'browser', callee: 'sip' });
    for (const entry of new CallWriter().connects().entries) diagnosis.entry(entry);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const events = CASES.flatMap(({ write }) => write().entries).filter(({ event }) => event.type !== 'call.ended');
    for (let second = 1; second <= 900; second += 1) {
      const at = START + 3_000 + second * 1_000;
      diagnosis.entry({ ...pick(events), at } as TimelineEntry);
      diagnosis.sample({
        at,
        source: 'browser',
        leg: 'caller',
        figures: { ...GOOD_PAGE, packetsLost: Math.round(random() * 20) },
      });
      diagnosis.sample({ at, source: 'gateway', leg: 'caller', figures: GOOD_LEG });
      diagnosis.tick(at);
    }
    const text = JSON.stringify(diagnosis.verdicts);
    expect(text.length).toBeLessThan(120_000);
    for (const { evidence } of diagnosis.verdicts) expect(evidence.length).toBeLessThanOrEqual(8);
  });

  it('comes to the same causes when ticks come at other moments', () => {
    for (const { write } of CASES) {
      const timeline = write().done();
      const first = live(timeline, 0).verdicts[0];
      const other = live(timeline, 430).verdicts[0];
      expect(other?.code).toBe(first?.code);
    }
  });
});
