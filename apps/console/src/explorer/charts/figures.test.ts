import {
  type CallTimeline,
  type LegFigures,
  type LegName,
  type Sample,
  TELEMETRY_VERSION,
  type TimelineEntry,
} from '@earshot/telemetry';
import { describe, expect, it } from 'vitest';
import { figuresOf } from './figures.js';
import { isBad, layerOf, rowOf } from './layers.js';

const START = 1_000_000;
const browser = (second: number, figures: object): Sample => ({
  ...{ at: START + second * 1_000, source: 'browser', leg: 'caller' },
  figures: { ms: 1_000, ...figures },
});
const gateway = (second: number, leg: LegName, figures: Partial<LegFigures>): Sample => ({
  ...{ at: START + second * 1_000, source: 'gateway', leg },
  figures: {
    ...{ ms: 1_000, packetsReceived: 0, bytesReceived: 0, packetsLost: 0, jitterMs: 0, packetsSent: 0, bytesSent: 0 },
    ...figures,
  },
});
const call = (samples: readonly Sample[]): CallTimeline => ({
  ...{ version: TELEMETRY_VERSION, callId: 'c', startedAt: START, caller: 'browser', callee: 'sip' },
  ...{ clocks: [], entries: [], samples, omitted: 0, omittedSamples: 0 },
});
const shown = (samples: readonly Sample[]) =>
  Object.fromEntries(
    figuresOf(call(samples), 2_000).charts.map(({ id, series }) => [
      id,
      Object.fromEntries(series.map(({ label, values }) => [label, values])),
    ]),
  );

describe('figures hop by hop', () => {
  it('follow packets in each direction, so that it shows where they end', () => {
    const figures = shown([
      browser(1, { packetsSent: 50, packetsReceived: 0 }),
      gateway(1, 'caller', { packetsReceived: 50, packetsSent: 0 }),
      gateway(1, 'callee', { packetsReceived: 0, packetsSent: 49 }),
    ]);
    expect(figures['packets-to-callee']).toEqual({
      'sent by the caller’s browser': [50, null],
      'arrived at the gateway': [50, null],
      'sent on by the gateway': [49, null],
    });
    expect(figures['packets-to-caller']).toEqual({
      'arrived at the gateway': [0, null],
      'sent on by the gateway': [0, null],
      'arrived at the caller’s browser': [0, null],
    });
  });

  it('give loss in percent of what should have come, whichever end counted', () => {
    const figures = shown([
      browser(1, { packetsReceived: 45, packetsLost: 5 }),
      browser(2, { packetsReceived: 50, packetsLost: -3 }),
      gateway(2, 'callee', { packetsReceived: 0, packetsSent: 50, remotePacketsLost: 10 }),
    ]);
    expect(figures.loss).toEqual({
      'gateway → caller’s browser': [10, 0],
      'gateway → phone side': [null, 20],
    });
  });

  it('give levels in dB, silence as the least', () => {
    const figures = shown([
      browser(1, { micEnergy: 0.01, micSeconds: 1, remoteEnergy: 0, remoteSeconds: 1 }),
      gateway(1, 'callee', { levelDb: -127 }),
    ]);
    expect(figures.levels).toEqual({
      'caller’s browser: microphone': [-20, null],
      'caller’s browser: heard': [-100, null],
      'gateway: from the phone side': [-100, null],
    });
  });

  it('count what was made up and could be heard', () => {
    const figures = shown([browser(1, { samplesReceived: 1_000, concealedSamples: 80, silentConcealedSamples: 30 })]);
    expect(figures.concealed).toEqual({ 'at the caller’s browser': [5, null] });
  });

  it('leave out what nobody measured', () => {
    expect(shown([])).toEqual({});
    expect(Object.keys(shown([browser(1, { roundTripMs: 40 })]))).toEqual(['round-trip']);
  });
});

describe('entries of the timeline', () => {
  it('stand in the layer that they are about, in the row of who saw them', () => {
    const sip = (direction: 'in' | 'out', status?: number): TimelineEntry => ({
      at: 0,
      source: 'gateway',
      event: {
        type: 'sip.message',
        leg: 'callee',
        direction,
        method: 'INVITE',
        cseq: 1,
        retransmission: false,
        bytes: 9,
        ...(status === undefined ? {} : { status }),
      },
    });
    expect([layerOf(sip('in')), rowOf(sip('in')), rowOf(sip('out'))]).toEqual(['signaling', 'callee', 'gateway']);
    expect([isBad(sip('in', 486)), isBad(sip('in', 200)), isBad(sip('out'))]).toEqual([true, false, false]);
    const failed: TimelineEntry = {
      at: 0,
      source: 'browser',
      leg: 'caller',
      event: { type: 'ice.connection', atMs: 0, state: 'failed' },
    };
    expect([layerOf(failed), rowOf(failed), isBad(failed)]).toEqual(['transport', 'caller', true]);
    const alert = (description: number): TimelineEntry => ({
      at: 0,
      source: 'gateway',
      event: { type: 'dtls.alert', leg: 'caller', level: 'warning', description },
    });
    expect([isBad(alert(0)), isBad(alert(40))]).toEqual([false, true]);
    const verdict: TimelineEntry = {
      at: 0,
      source: 'diagnosis',
      event: {
        type: 'verdict.raised',
        code: 'network.loss',
        layer: 'network',
        side: 'caller',
        weight: 'degraded',
        confidence: 1,
        text: '',
      },
    };
    expect([layerOf(verdict), rowOf(verdict), isBad(verdict)]).toEqual(['network', 'gateway', true]);
  });
});
