import type { AudioCodec, CodecName, LegMedia, RedundantAudio, TelephoneEventFormat } from '@earshot/base';
import type { AudioFormat, AudioSection, Direction } from '../sdp/session-description.js';

interface CodecShape {
  /** What our own offers call it. */
  readonly payloadType: number;
  readonly clockRate: number;
  readonly channels: number;
  readonly fmtp?: string;
}

/** Opus is always written with two channels (RFC 7587 section 7). */
const CODECS: Readonly<Record<CodecName, CodecShape>> = {
  opus: { payloadType: 111, clockRate: 48_000, channels: 2, fmtp: 'minptime=10;useinbandfec=1' },
  PCMU: { payloadType: 0, clockRate: 8000, channels: 1 },
  PCMA: { payloadType: 8, clockRate: 8000, channels: 1 },
  G722: { payloadType: 9, clockRate: 8000, channels: 1 },
};

const CODEC_NAMES: readonly CodecName[] = ['opus', 'PCMU', 'PCMA', 'G722'];
const TELEPHONE_EVENT_PAYLOAD_TYPES: ReadonlyMap<number, number> = new Map([
  [48_000, 110],
  [8000, 101],
]);
/** The events 0-9, *, #, A-D (RFC 4733 section 3.2). */
const TELEPHONE_EVENT_FMTP = '0-15';
/** RFC 2198 of Opus, as browsers write it; our own offers use their payload type. */
const RED = { name: 'red', payloadType: 63, clockRate: 48_000, channels: 2 } as const;
const PTIME_MS = 20;
const PTIMES_MS: readonly number[] = [10, 20, 30, 40, 60];

const isFormatOf = (name: CodecName, format: AudioFormat): boolean =>
  format.name.toLowerCase() === name.toLowerCase() &&
  format.clockRate === CODECS[name].clockRate &&
  format.channels === CODECS[name].channels;

/** The codecs known here among these formats, in their order, each once. */
export function knownCodecs(formats: readonly AudioFormat[]): readonly CodecName[] {
  const names = formats.map((format) => CODEC_NAMES.find((name) => isFormatOf(name, format)));
  return [...new Set(names)].filter((name) => name !== undefined);
}

/** The codecs of `names`, in that order, by the payload types that a remote's formats give them. */
export function selectCodecs(formats: readonly AudioFormat[], names: readonly CodecName[]): readonly AudioCodec[] {
  return names.flatMap((name) => {
    const format = formats.find((candidate) => isFormatOf(name, candidate));
    return format === undefined ? [] : [toCodec(name, format.payloadType)];
  });
}

const toCodec = (name: CodecName, payloadType: number): AudioCodec => ({
  name,
  payloadType,
  clockRate: CODECS[name].clockRate,
});

/**
 * telephone-event for each clock rate of the codecs (RFC 4733 section 2.5.1.2 wants them the same), by a remote's
 * payload types. Where none fits, the 8000 Hz one serves: Firefox offers no other beside Opus.
 */
export function selectTelephoneEvents(
  formats: readonly AudioFormat[],
  codecs: readonly AudioCodec[],
): readonly TelephoneEventFormat[] {
  const offered = formats.filter(({ name }) => name.toLowerCase() === 'telephone-event');
  const at = (clockRate: number): readonly TelephoneEventFormat[] =>
    offered
      .filter((format) => format.clockRate === clockRate)
      .slice(0, 1)
      .map(({ payloadType }) => ({ payloadType, clockRate }));
  const fitting = clockRates(codecs).flatMap(at);
  return fitting.length > 0 ? fitting : at(8000);
}

/**
 * The redundant format (RFC 2198) of the Opus chosen, by a remote's payload types: its fmtp names, for each place in a
 * packet, what that frame is.
 */
export function selectRed(formats: readonly AudioFormat[], codecs: readonly AudioCodec[]): RedundantAudio | undefined {
  const of = codecs.find(({ name }) => name === 'opus')?.payloadType;
  const format = formats.find(
    ({ name, clockRate, channels, fmtp }) =>
      name.toLowerCase() === RED.name &&
      clockRate === RED.clockRate &&
      channels === RED.channels &&
      fmtp !== undefined &&
      /^\d+(\/\d+)+$/.test(fmtp) &&
      fmtp.split('/').every((each) => Number(each) === of),
  );
  return format === undefined || of === undefined ? undefined : { payloadType: format.payloadType, of };
}

/** For our own offers. */
export const offeredRed = (names: readonly CodecName[]): RedundantAudio | undefined =>
  names.includes('opus') ? { payloadType: RED.payloadType, of: CODECS.opus.payloadType } : undefined;

const clockRates = (codecs: readonly AudioCodec[]): readonly number[] => [
  ...new Set(codecs.map(({ clockRate }) => clockRate)),
];

/** What we offer, and how we write it. */
export function offeredFormats(names: readonly CodecName[], red?: RedundantAudio): readonly AudioFormat[] {
  const codecs = names.map((name) => toCodec(name, CODECS[name].payloadType));
  const telephoneEvents = clockRates(codecs).flatMap((clockRate) => {
    const payloadType = TELEPHONE_EVENT_PAYLOAD_TYPES.get(clockRate);
    return payloadType === undefined ? [] : [{ payloadType, clockRate }];
  });
  return toFormats({ codecs, telephoneEvents, ...(red === undefined ? {} : { red }) });
}

/** Redundancy stands behind what it repeats: a browser sends the first of them, and switches by itself (RFC 8829). */
export function toFormats({
  codecs,
  telephoneEvents,
  red,
}: Pick<LegMedia, 'codecs' | 'telephoneEvents' | 'red'>): AudioFormat[] {
  return [
    ...codecs.map(({ name, payloadType, clockRate }) => {
      const { channels, fmtp } = CODECS[name];
      return { payloadType, name, clockRate, channels, ...(fmtp === undefined ? {} : { fmtp }) };
    }),
    ...(red === undefined ? [] : [{ ...RED, payloadType: red.payloadType, fmtp: `${red.of}/${red.of}` }]),
    ...telephoneEvents.map(({ payloadType, clockRate }) => ({
      payloadType,
      name: 'telephone-event',
      clockRate,
      channels: 1,
      fmtp: TELEPHONE_EVENT_FMTP,
    })),
  ];
}

const REVERSED: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** What a remote's section and our codecs agree on; undefined without a common codec. */
export function negotiateMedia(section: AudioSection, names: readonly CodecName[]): LegMedia | undefined {
  const codecs = selectCodecs(section.formats, names);
  if (codecs.length === 0) return undefined;
  return {
    codecs,
    telephoneEvents: selectTelephoneEvents(section.formats, codecs),
    direction: REVERSED[section.direction],
    ptimeMs: choosePtime(section),
  };
}

/** The remote's a=ptime is what it would like to receive (RFC 8866 section 6.4); a=maxptime binds. */
function choosePtime({ ptimeMs = PTIME_MS, maxPtimeMs = Number.POSITIVE_INFINITY }: AudioSection): number {
  const wanted = PTIMES_MS.includes(ptimeMs) ? ptimeMs : PTIME_MS;
  return wanted <= maxPtimeMs ? wanted : (PTIMES_MS.filter((ptime) => ptime <= maxPtimeMs).at(-1) ?? PTIME_MS);
}
