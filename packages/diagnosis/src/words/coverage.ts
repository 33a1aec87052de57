import type { CallTimeline, Vantage } from '@earshot/telemetry';
import type { Coverage } from '../types.js';

/** Who watched, as far as the timeline shows: a vantage with nothing in it saw nothing. */
function vantagesOf(timeline: CallTimeline): readonly Vantage[] {
  if (timeline.vantages !== undefined) return timeline.vantages;
  const { entries, samples, caller, callee } = timeline;
  const isBrowser = caller === 'browser' || callee === 'browser';
  const hasPage =
    entries.some(({ source }) => source === 'browser') || samples.some(({ source }) => source === 'browser');
  return [...(isBrowser && hasPage ? (['browser'] as const) : []), 'gateway', 'relay'];
}

export function coverageOf(timeline: CallTimeline): Coverage {
  const vantages = vantagesOf(timeline);
  const sees = (vantage: Vantage): boolean => vantages.includes(vantage);
  const { entries, samples, omitted, omittedSamples } = timeline;
  const can: string[] = [];
  const cannot: string[] = [];
  if (sees('browser')) {
    can.push('Microphone, playout and what the browser received and sent are known from the browser.');
    if (!samples.some(({ source }) => source === 'browser')) {
      cannot.push('The browser gave no figures: whether it heard or said anything is unknown.');
    }
  } else {
    cannot.push('No browser was listened to: microphone, playout, autoplay and a busy computer cannot be seen.');
  }
  if (sees('gateway')) {
    can.push('Both legs were counted in the middle, so that the hop at which sound stops can be named.');
  } else if (sees('capture')) {
    can.push('Packets were captured: loss, jitter and silence of a direction are known where the capture was taken.');
    cannot.push('What happened beyond the place of the capture is unknown; encrypted payloads cannot be heard.');
  } else {
    cannot.push(
      'Nobody watched in the middle: a packet that never arrived cannot be told from one that was never sent.',
      'The phone side is unknown: its refusals, its loss and its silence are seen only by what they do to the browser.',
    );
  }
  const hasSip = entries.some(({ event }) => event.type === 'sip.message');
  if (hasSip) can.push('SIP messages are known, so that a refusal has its status and its sender.');
  else if (sees('gateway') || sees('capture'))
    cannot.push('There are no SIP messages in it: refusals are known by name only.');
  if (!sees('relay'))
    cannot.push('The log of the relay is missing: why it refused, if it did, is known by its status only.');
  if (omitted > 0 || omittedSamples > 0) {
    cannot.push(`${omitted} entries and ${omittedSamples} samples were left out: what they showed is missing here.`);
  }
  return { vantages, can, cannot };
}
