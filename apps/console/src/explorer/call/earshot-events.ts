import { type CallTimeline, describeEntry, type TimelineEntry } from '@earshot/telemetry';
import { LightElement } from '@earshot/widget/drawing';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { LAYER_TITLES, LAYERS, type LayerName, layerOf, rowName } from '../charts/layers.js';
import { offset } from '../words/times.js';
import { filterEntries, pageOf, ROWS_AT_ONCE } from './event-filter.js';

/** Every entry of the timeline as it was noted, filtered by words, layer and who saw it. */
@customElement('earshot-events')
export class EarshotEvents extends LightElement {
  @property({ attribute: false }) timeline: CallTimeline | undefined;
  /** The entry that a link leads to. */
  @property({ attribute: false }) wanted: number | undefined;
  @state() private words = '';
  @state() private layer: LayerName | '' = '';
  @state() private source: TimelineEntry['source'] | '' = '';
  @state() private shown = ROWS_AT_ONCE;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('wanted') || this.wanted === undefined) return;
    // What a link leads to must be there, whatever was filtered before.
    this.words = '';
    this.layer = '';
    this.source = '';
    this.shown = Math.max(this.shown, pageOf(this.wanted));
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('wanted') || this.wanted === undefined) return;
    const row = this.querySelector<HTMLElement>(`#e-${this.wanted}`);
    row?.scrollIntoView({ block: 'center' });
    row?.focus({ preventScroll: true });
  }

  protected override render(): TemplateResult | typeof nothing {
    const { timeline } = this;
    if (timeline === undefined) return nothing;
    const found = filterEntries(timeline.entries, { words: this.words, layer: this.layer, source: this.source });
    const count = `${found.length} of ${timeline.entries.length} events`;
    return html`
      <div class="event-filters" @input=${this.#filter}>
        <label>Words <input name="words" type="search" autocomplete="off" spellcheck="false" .value=${this.words} /></label>
        <label>Layer
          <select name="layer" .value=${this.layer}>
            <option value="">All</option>
            ${LAYERS.map((layer) => html`<option value=${layer}>${shortTitle(layer)}</option>`)}
          </select>
        </label>
        <label>Seen by
          <select name="source" .value=${this.source}>
            <option value="">All</option>
            ${(['browser', 'gateway', 'relay', 'diagnosis'] as const).map((one) => html`<option value=${one}>${one}</option>`)}
          </select>
        </label>
        <p class="soft" role="status">${count}</p>
      </div>
      <div class="scroll" tabindex="0" role="region" aria-label="List of events">
        <table class="events">
          <thead><tr><th scope="col">#</th><th scope="col">Time</th><th scope="col">Who</th><th scope="col">What</th></tr></thead>
          <tbody>${found.slice(0, this.shown).map((index) => this.#row(timeline, index))}</tbody>
        </table>
      </div>
      ${
        found.length > this.shown
          ? html`<button type="button" class="plain-button" @click=${this.#more}>Show ${Math.min(ROWS_AT_ONCE, found.length - this.shown)} more</button>`
          : nothing
      }`;
  }

  #row(timeline: CallTimeline, index: number): TemplateResult | typeof nothing {
    const entry = timeline.entries[index];
    if (entry === undefined) return nothing;
    const who = entry.source === 'browser' ? rowName(entry.leg, timeline) : entry.source;
    return html`
      <tr id="e-${index}" tabindex="-1" data-wanted=${index === this.wanted ? 'true' : 'false'} data-source=${entry.source}>
        <td class="number soft">${index}</td>
        <td class="moment">${offset(entry.at - timeline.startedAt)}</td>
        <td>${who}</td>
        <td>
          <details>
            <summary>${describeEntry(entry)} <span class="soft">${shortTitle(layerOf(entry))}</span></summary>
            <pre tabindex="0">${JSON.stringify(entry.event, undefined, 1)}</pre>
          </details>
        </td>
      </tr>`;
  }

  readonly #filter = ({ target }: Event): void => {
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    this.shown = ROWS_AT_ONCE;
    if (target.name === 'words') this.words = target.value;
    else if (target.name === 'layer') this.layer = target.value as LayerName | '';
    else this.source = target.value as TimelineEntry['source'] | '';
  };

  readonly #more = (): void => {
    this.shown += ROWS_AT_ONCE;
  };
}

const shortTitle = (layer: LayerName): string => LAYER_TITLES[layer].split(':')[0] ?? layer;
