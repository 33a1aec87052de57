import {
  type CallDetails,
  type CallRecord,
  type Ends,
  type EvidenceRef,
  PLACES,
  placeName,
  placeOf,
  qualityName,
  type Verdict,
  type VerdictWeight,
} from '@earshot/telemetry';
import { offset, spoken } from './times.js';

/** How a call came out, at a glance: the weight of its first verdict, or what there is to say without one. */
export type Tone = VerdictWeight | 'fine' | 'unclear' | 'running';

export interface Headline {
  readonly tone: Tone;
  /** One or two words above the sentence. */
  readonly label: string;
  /** One plain sentence. */
  readonly sentence: string;
}

const LABELS: Readonly<Record<VerdictWeight, string>> = {
  fault: 'Something went wrong',
  degraded: 'It worked, but not well',
  hint: 'Nothing was wrong',
};

export function headline({ record, timeline, verdicts }: CallDetails): Headline {
  const [first] = verdicts;
  if (first !== undefined && first.weight !== 'hint') {
    // What was never answered did not go wrong in the middle.
    const isRefused = first.weight === 'fault' && record !== undefined && record.answeredAt === undefined;
    const label = isRefused ? 'The call did not come about' : LABELS[first.weight];
    return { tone: first.weight, label, sentence: first.text };
  }
  if (timeline.endedAt === undefined) {
    return { tone: 'running', label: 'This call is running', sentence: 'Nothing is wrong so far.' };
  }
  if (record?.result === 'failed') {
    const sentence = 'The call did not work, and what was seen of it does not say why.';
    return { tone: 'unclear', label: 'No cause was found', sentence };
  }
  const bad = record?.quality.find(({ mos }) => mos < BAD_MOS);
  if (bad !== undefined) {
    const sentence = `Both sides were heard, but it sounded bad to the ${bad.leg}, and nothing tells why.`;
    return { tone: 'unclear', label: 'No cause was found', sentence };
  }
  return { tone: 'fine', label: 'Nothing was wrong', sentence: fineSentence(record) };
}

/** Below, people complain. */
const BAD_MOS = 3.1;

function fineSentence(record: CallRecord | undefined): string {
  switch (record?.result) {
    case 'cancelled':
      return 'The caller hung up before anybody answered.';
    case 'unanswered':
      return 'It rang, and nobody answered.';
    case 'busy':
      return 'The called side was busy.';
    case 'declined':
      return 'The called side declined the call.';
    default:
      return record?.connectedAt === undefined
        ? 'The call ended in the ordinary way.'
        : `Both sides heard each other for ${spoken(record.endedAt - record.connectedAt)}.`;
  }
}

const SCALES = { narrowband: ', on the scale of phone lines', fullband: ', on the scale of full sound', none: '' };

/** How it sounded, a sentence for each side that listened. */
export function qualityWords(record: CallRecord | undefined): readonly string[] {
  return (record?.quality ?? []).map(({ leg, mos, worstMos, scale }) => {
    const name = qualityName(mos);
    const worst = qualityName(worstMos);
    const dip = worst === name ? '' : `, and ${worst} at the worst moment (${worstMos.toFixed(1)})`;
    return `What the ${leg} heard sounded ${name} (${mos.toFixed(1)} of 4.5${SCALES[scale ?? 'none']})${dip}.`;
  });
}

/** When the symptom was there, counted from the beginning of the call. */
export function whenWords({ since, until }: Verdict, { startedAt, endedAt }: CallDetails['timeline']): string {
  const isEarly = since - startedAt < EARLY_MS;
  const from = isEarly ? 'the beginning' : offset(since - startedAt);
  if (until !== undefined && until !== endedAt) return `From ${from} to ${offset(until - startedAt)}, then it was over`;
  return endedAt === undefined ? `Since ${from}` : `From ${from} until the end`;
}

/** A symptom that began so early was there all the time, in ms. */
const EARLY_MS = 500;

export interface Stop {
  readonly name: string;
  readonly kind: 'end' | 'gateway' | 'network';
  readonly browser: boolean;
  readonly marked: boolean;
}

/** The way of a call from end to end, with the place of the problem marked. */
export function wayOf(ends: Ends, verdict: Pick<Verdict, 'code' | 'layer' | 'side'> | undefined): readonly Stop[] {
  const blamed = verdict === undefined ? undefined : placeOf(verdict, ends);
  return PLACES.map((place) => ({
    name: placeName(place, ends),
    kind: place === 'gateway' ? 'gateway' : place.endsWith('-network') ? 'network' : 'end',
    browser: (place === 'caller' || place === 'callee') && ends[place] === 'browser',
    marked: place === blamed,
  }));
}

/** What was seen several times in a row is said once. */
export function gathered(evidence: readonly EvidenceRef[]): readonly (EvidenceRef & { readonly more: number })[] {
  const said: (EvidenceRef & { more: number })[] = [];
  for (const ref of evidence) {
    const last = said.at(-1);
    if (last?.text === ref.text) last.more += 1;
    else said.push({ ...ref, more: 0 });
  }
  return said;
}
