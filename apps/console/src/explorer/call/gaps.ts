import { ERRORS } from '@earshot/base';
import type { CallTimeline, StoreGap } from '@earshot/telemetry';
import { html, nothing, type TemplateResult } from 'lit';
import { dateTime } from '../words/times.js';

/** Times in which something could not be stored, by name: what is missing must not be taken for what did not happen. */
export function gapNotes(gaps: readonly StoreGap[], timeline?: CallTimeline): TemplateResult | typeof nothing {
  const omitted = timeline === undefined ? 0 : timeline.omitted + timeline.omittedSamples;
  if (gaps.length === 0 && omitted === 0) return nothing;
  return html`
    <section class="gaps" aria-label="What is missing">
      ${gaps.map(
        (gap) => html`
          <p>
            <strong>Something is missing.</strong>
            From ${dateTime(gap.from)} ${gap.until === undefined ? 'on' : `to ${dateTime(gap.until)}`}: ${ERRORS[gap.code].what}
            ${lostWords(gap)} <code>${gap.code}</code>
          </p>`,
      )}
      ${
        timeline === undefined || omitted === 0
          ? nothing
          : html`<p><strong>Not all was kept.</strong> ${timeline.omitted} events and ${timeline.omittedSamples} samples of this call were left out.</p>`
      }
    </section>`;
}

export function lostWords({ lostRecords, lostEvents, lostSamples }: StoreGap): string {
  const lost = [
    [lostRecords, 'records'],
    [lostEvents, 'events'],
    [lostSamples, 'samples'],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, name]) => `${count} ${name}`);
  return lost.length === 0 ? 'All of it was caught up with.' : `Lost for good: ${lost.join(', ')}.`;
}
