import type { BrowserFigures, CallTimeline, LegFigures, LegName, Sample } from '@earshot/telemetry';
import { type Grid, gridOf, lay } from './grid.js';
import { type LayerName, rowName } from './layers.js';
import { qualityOver } from './quality.js';

export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Which of the colours. The same hop has the same one in every chart. */
  readonly hue: number;
}

export interface Figure {
  readonly id: string;
  readonly layer: LayerName;
  readonly title: string;
  /** One sentence for those who do not know the figure. */
  readonly about: string;
  readonly unit: string;
  readonly digits: number;
  /** The least that the scale reaches to. */
  readonly low: number;
  readonly high: number;
  readonly series: readonly Series[];
}

export interface Figures {
  readonly grid: Grid;
  readonly charts: readonly Figure[];
}

type Read = (figures: BrowserFigures & Partial<LegFigures>) => number | undefined;

interface Line {
  readonly label: string;
  readonly source: Sample['source'];
  readonly leg: LegName;
  readonly hue: number;
  readonly read: Read;
}

const perSecond =
  (name: 'packetsSent' | 'packetsReceived'): Read =>
  (figures) => {
    const count = figures[name];
    return count === undefined ? undefined : (count * 1000) / figures.ms;
  };

/** Of what should have come, the share that did not, in percent. */
const lost: Read = ({ packetsLost, packetsReceived }) => share(packetsLost, packetsReceived);
const lostThere: Read = ({ remotePacketsLost, packetsSent = 0 }) =>
  remotePacketsLost === undefined ? undefined : share(remotePacketsLost, packetsSent - remotePacketsLost);

function share(part: number | undefined, rest: number | undefined): number | undefined {
  if (part === undefined || rest === undefined || part + rest <= 0) return undefined;
  return Math.max(0, Math.min(100, (100 * part) / (part + rest)));
}

/** Root mean square of an interval in dB of full scale. Energy and duration as W3C statistics count them. */
function level(energy: number | undefined, seconds: number | undefined): number | undefined {
  if (energy === undefined || seconds === undefined || seconds <= 0) return undefined;
  return Math.max(QUIET_DB, 10 * Math.log10(Math.max(energy, 0) / seconds));
}

const QUIET_DB = -100;

const concealed: Read = ({ concealedSamples, silentConcealedSamples = 0, samplesReceived }) =>
  concealedSamples === undefined || samplesReceived === undefined || samplesReceived <= 0
    ? undefined
    : (100 * Math.max(0, concealedSamples - silentConcealedSamples)) / samplesReceived;

/** Everything that is measured of a call, hop by hop in each direction. Charts without a figure are left out. */
export function figuresOf(timeline: CallTimeline, durationMs: number): Figures {
  const grid = gridOf(durationMs);
  const charts = definitions(timeline).flatMap(({ lines, ...rest }): Figure[] => {
    const series = lines.flatMap(({ label, hue, source, leg, read }) => {
      const samples = timeline.samples.filter((sample) => sample.source === source && sample.leg === leg);
      const values = lay(grid, timeline.startedAt, samples, ({ figures }) => read(figures));
      return values.some((value) => value !== null) ? [{ label, hue, values }] : [];
    });
    return series.length === 0 ? [] : [{ ...rest, series }];
  });
  const quality = qualityFigure(timeline, grid);
  return { grid, charts: quality === undefined ? charts : [...charts, quality] };
}

/** How it sounded, as the diagnosis judges it, a stretch at a time. */
function qualityFigure(timeline: CallTimeline, grid: Grid): Figure | undefined {
  const quality = qualityOver(timeline, grid);
  const series = (['caller', 'callee'] as const).flatMap((leg, index): Series[] => {
    const values = quality.get(leg);
    return values === undefined ? [] : [{ label: `heard by the ${rowName(leg, timeline)}`, hue: 3 - index, values }];
  });
  if (series.length === 0) return undefined;
  return {
    ...{ id: 'quality', layer: 'audio', title: 'How it sounded (MOS)', unit: '', digits: 1, low: 1, high: 4.5, series },
    about: 'From 4 on it is good; below 3.1 people complain.',
  };
}

type Definition = Omit<Figure, 'series'> & { readonly lines: readonly Line[] };

function definitions(ends: CallTimeline): readonly Definition[] {
  const name = (leg: LegName): string => rowName(leg, ends);
  const line = (label: string, source: Sample['source'], leg: LegName, hue: number, read: Read): Line => ({
    ...{ label, source, leg, hue, read },
  });
  const packets = (from: LegName, to: LegName): Definition => ({
    id: `packets-to-${to}`,
    layer: 'network',
    title: `Packets from the ${name(from)} to the ${name(to)}`,
    about: 'Voice usually takes 50 packets a second. A line that drops to 0 marks where the sound gets lost.',
    ...{ unit: '/s', digits: 0, low: 0, high: 60 },
    lines: [
      line(`sent by the ${name(from)}`, 'browser', from, 0, perSecond('packetsSent')),
      line(`arrived at the gateway`, 'gateway', from, 1, perSecond('packetsReceived')),
      line(`sent on by the gateway`, 'gateway', to, 2, perSecond('packetsSent')),
      line(`arrived at the ${name(to)}`, 'browser', to, 3, perSecond('packetsReceived')),
    ],
  });
  /** One figure on each of the four hops. What arrives at a phone is known from its reports to the gateway. */
  const hops = (atBrowser: Read, atGateway: Read, byReport: Read): readonly Line[] =>
    (['caller', 'callee'] as const).flatMap((leg, index) => [
      line(`${name(leg)} → gateway`, 'gateway', leg, index, atGateway),
      ends[leg] === 'browser'
        ? line(`gateway → ${name(leg)}`, 'browser', leg, 3 - index, atBrowser)
        : line(`gateway → ${name(leg)}`, 'gateway', leg, 3 - index, byReport),
    ]);
  return [
    packets('caller', 'callee'),
    packets('callee', 'caller'),
    {
      ...{ id: 'loss', layer: 'network', title: 'Packets lost', unit: '%', digits: 1, low: 0, high: 5 },
      about: 'From about 3% on it can be heard.',
      lines: hops(lost, lost, lostThere),
    },
    {
      ...{ id: 'jitter', layer: 'network', title: 'Jitter', unit: 'ms', digits: 0, low: 0, high: 30 },
      about: 'How unevenly packets arrive. Above 30 ms some come too late.',
      lines: hops(
        ({ jitterMs }) => jitterMs,
        ({ jitterMs }) => jitterMs,
        ({ remoteJitterMs }) => remoteJitterMs,
      ),
    },
    {
      ...{ id: 'round-trip', layer: 'network', title: 'Round trip', unit: 'ms', digits: 0, low: 0, high: 100 },
      about: 'There and back. Above 400 ms people talk over each other.',
      lines: [
        line(`${name('caller')} ↔ gateway`, 'browser', 'caller', 0, roundTrip),
        line(`gateway ↔ ${name('caller')}`, 'gateway', 'caller', 3, roundTrip),
        line(`gateway ↔ ${name('callee')}`, 'gateway', 'callee', 2, roundTrip),
        line(`${name('callee')} ↔ gateway`, 'browser', 'callee', 1, roundTrip),
      ],
    },
    {
      ...{ id: 'levels', layer: 'audio', title: 'Loudness', unit: 'dB', digits: 0, low: QUIET_DB, high: 0 },
      about: 'Speech is around -30 dB; below -80 dB there is no sound.',
      lines: (['caller', 'callee'] as const).flatMap((leg, index) => [
        line(`${name(leg)}: microphone`, 'browser', leg, index, ({ micEnergy, micSeconds }) =>
          level(micEnergy, micSeconds),
        ),
        line(`${name(leg)}: heard`, 'browser', leg, index + 2, ({ remoteEnergy, remoteSeconds }) =>
          level(remoteEnergy, remoteSeconds),
        ),
        line(`gateway: from the ${name(leg)}`, 'gateway', leg, index + 4, ({ levelDb }) =>
          levelDb === undefined ? undefined : Math.max(QUIET_DB, levelDb),
        ),
      ]),
    },
    {
      ...{ id: 'concealed', layer: 'audio', title: 'Sound made up', unit: '%', digits: 1, low: 0, high: 5 },
      about: 'What was missing and had to be filled in. From 3% on it can be heard, above 10% words get lost.',
      lines: (['caller', 'callee'] as const).map((leg, index) =>
        line(`at the ${name(leg)}`, 'browser', leg, index === 0 ? 3 : 2, concealed),
      ),
    },
  ];
}

const roundTrip: Read = ({ roundTripMs, pairRoundTripMs }) => roundTripMs ?? pairRoundTripMs;
