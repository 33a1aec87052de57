import { type CallDetails, describeEntry } from '@earshot/telemetry';
import { LightElement } from '@earshot/widget/drawing';
import { html, nothing, type PropertyValues, svg, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { type Figures, figuresOf } from '../charts/figures.js';
import {
  isBad,
  LAYER_TITLES,
  LAYERS,
  type LayerName,
  layerOf,
  ROWS,
  type Row,
  rowName,
  rowOf,
} from '../charts/layers.js';
import { layMarks, type Mark, type Moment, shift, ticks, type Window, xOf, zoom } from '../charts/marks.js';
import { barsOf, segmentsOf, wholeOf } from '../charts/segments.js';
import { stateName } from '../words/call-words.js';
import { offset } from '../words/times.js';
import './earshot-figure.js';

/** In px. */
const WIDE = 640;
const EDGE = 12;
const MARK_APART = 9;
const STRIP = 22;
const BAR = 18;
/** Entries that a mark names when it is pointed at. */
const MOST_NAMED = 5;

/** Layer by layer, what browser, gateway and far end saw, on one time axis. */
@customElement('earshot-timeline')
export class EarshotTimeline extends LightElement {
  @property({ attribute: false }) details: CallDetails | undefined;
  /** A moment to point at, in ms. */
  @property({ attribute: false }) mark: number | undefined;
  @state() private width = 0;
  @state() private window: Window = { from: 0, to: 1_000 };
  #whole: Window = { from: 0, to: 1_000 };
  #figures: Figures | undefined;
  #marks: ReadonlyMap<LayerName, ReadonlyMap<Row, readonly Moment[]>> = new Map();
  #evidence: ReadonlySet<number> = new Set();
  readonly #observer = new ResizeObserver(([entry]) => {
    this.width = Math.floor(entry?.contentRect.width ?? 0);
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer.observe(this);
    this.addEventListener('window', this.#choose);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
    this.removeEventListener('window', this.#choose);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { details } = this;
    if (!changed.has('details') || details === undefined) return;
    const { timeline, verdicts } = details;
    const before = this.#whole;
    const showedAll = this.#figures === undefined || (this.window.from <= before.from && this.window.to >= before.to);
    this.#whole = wholeOf(timeline);
    if (showedAll) this.window = this.#whole;
    this.#figures = figuresOf(timeline, this.#whole.to);
    this.#evidence = new Set(verdicts.flatMap(({ evidence }) => evidence.flatMap(({ entry }) => entry ?? [])));
    this.#marks = momentsOf(details);
  }

  readonly #choose = (event: Event): void => {
    if (event instanceof CustomEvent) this.#show(event.detail as Window);
  };

  #show(window: Window): void {
    this.window = zoom(window, 1, this.#whole);
  }

  get #gutter(): number {
    return this.width >= WIDE ? 128 : 44;
  }

  #x(at: number): number {
    return xOf(at, this.window, this.#gutter, Math.max(this.#gutter + 1, this.width - EDGE));
  }

  protected override render(): TemplateResult | typeof nothing {
    const { details } = this;
    if (details === undefined) return nothing;
    return html`
      <div class="tools" role="group" aria-label="What part of the call is shown">
        <button type="button" @click=${() => this.#show(zoom(this.window, 0.5, this.#whole))}>Nearer</button>
        <button type="button" @click=${() => this.#show(zoom(this.window, 2, this.#whole))}>Further</button>
        <button type="button" @click=${() => this.#show(shift(this.window, -0.5, this.#whole))}>Earlier</button>
        <button type="button" @click=${() => this.#show(shift(this.window, 0.5, this.#whole))}>Later</button>
        <button type="button" @click=${() => this.#show(this.#whole)}>Whole call</button>
        <span class="soft" role="status">${offset(this.window.from)} to ${offset(this.window.to)}</span>
      </div>
      ${this.#overview(details)}
      ${LAYERS.map((layer) => this.#layer(layer, details))}`;
  }

  /** States and verdicts over the time axis. */
  #overview({ timeline, verdicts }: CallDetails): TemplateResult {
    const bars = barsOf(verdicts, timeline.startedAt, this.#whole);
    const lines = Math.max(0, ...bars.map(({ line }) => line + 1));
    const height = 20 + STRIP + lines * (BAR + 3) + 4;
    const segments = segmentsOf(timeline, this.#whole);
    const label = `The call was: ${segments.map(({ state: one, from }) => `${stateName(one).toLowerCase()} from ${offset(from)}`).join(', ')}.`;
    return html`
      <svg class="lanes" width=${this.width} height=${height} role="img" aria-label=${label}>
        ${ticks(this.window, this.width < WIDE ? 4 : 8).map(
          (at) =>
            svg`<text class="tick" x=${this.#x(at)} y="13" text-anchor="middle">${offset(at).replace(/\.0$/, '')}</text>`,
        )}
        ${this.width >= WIDE ? svg`<text class="row-name" x="0" y=${20 + STRIP / 2 + 4}>call</text>` : nothing}
        ${segments.map(({ state: one, from, to }) => {
          const [left, right] = this.#span(from, to);
          if (right <= left) return nothing;
          const text = stateName(one);
          return svg`
            <g class="segment" data-state=${one}>
              <rect x=${left} y="20" width=${right - left} height=${STRIP - 2} rx="3"><title>${text}</title></rect>
              ${right - left > text.length * 7 + 8 ? svg`<text x=${left + 6} y=${20 + STRIP / 2 + 3}>${text}</text>` : nothing}
            </g>`;
        })}
        ${bars.map(({ verdict, from, to, line }) => {
          const [left, right] = this.#span(from, to);
          const y = 20 + STRIP + line * (BAR + 3) + 2;
          return svg`
            <g class="verdict-bar" data-tone=${verdict.weight}>
              <rect x=${left} y=${y} width=${Math.max(3, right - left)} height=${BAR} rx="3"><title>${verdict.text}</title></rect>
              ${right - left > verdict.code.length * 7 + 8 ? svg`<text x=${left + 6} y=${y + 13}>${verdict.code}</text>` : nothing}
            </g>`;
        })}
        ${this.#markLine(height)}
      </svg>`;
  }

  #span(from: number, to: number): readonly [number, number] {
    const { window } = this;
    return [this.#x(Math.max(from, window.from)), this.#x(Math.min(to, window.to))];
  }

  #markLine(height: number): TemplateResult | typeof nothing {
    const { mark, window } = this;
    if (mark === undefined || mark < window.from || mark > window.to) return nothing;
    const x = this.#x(mark);
    return svg`<line class="mark-line" x1=${x} x2=${x} y1="18" y2=${height} />`;
  }

  #layer(layer: LayerName, details: CallDetails): TemplateResult {
    const charts = this.#figures?.charts.filter((chart) => chart.layer === layer) ?? [];
    const grid = this.#figures?.grid;
    const moments = this.#marks.get(layer);
    return html`
      <section class="layer" data-layer=${layer}>
        <h3>${LAYER_TITLES[layer]}</h3>
        ${moments === undefined ? (charts.length === 0 ? html`<p class="soft">Nothing was noted here.</p>` : nothing) : this.#lanes(layer, moments, details)}
        ${charts.map(
          (figure) => html`
            <earshot-figure
              .figure=${figure}
              .grid=${grid}
              .window=${this.window}
              .mark=${this.mark}
              .width=${this.width}
              .gutter=${this.#gutter}
              .edge=${EDGE}
            ></earshot-figure>`,
        )}
      </section>`;
  }

  #lanes(layer: LayerName, moments: ReadonlyMap<Row, readonly Moment[]>, { timeline }: CallDetails): TemplateResult {
    const wide = this.width >= WIDE;
    const rows = ROWS.filter((row) => moments.has(row));
    const rowHeight = wide ? 26 : 36;
    const count = [...moments.values()].reduce((sum, { length }) => sum + length, 0);
    const height = rows.length * rowHeight + 4;
    return html`
      <svg
        class="lanes"
        width=${this.width}
        height=${height}
        role="img"
        aria-label=${`${count} events of ${layer}, listed below under Events`}
        @click=${this.#open}
      >
        ${rows.map((row, index) => {
          const y = index * rowHeight + (wide ? 15 : 25);
          const right = this.width - EDGE;
          const marks = layMarks(moments.get(row) ?? [], this.window, this.#gutter, right, MARK_APART);
          return svg`
            <text class="row-name" x="0" y=${wide ? y + 4 : y - 12}>${rowName(row, timeline)}</text>
            <line class="row-line" x1=${this.#gutter} x2=${right} y1=${y} y2=${y} />
            ${marks.map((mark) => this.#markShape(mark, y, details(timeline, mark)))}`;
        })}
        ${this.#markLine(height)}
      </svg>`;
  }

  #markShape({ x, indexes }: Mark, y: number, title: string): TemplateResult {
    const entries = this.details?.timeline.entries;
    const bad = indexes.find((index) => {
      const entry = entries?.[index];
      return entry !== undefined && isBad(entry);
    });
    const proof = indexes.find((index) => this.#evidence.has(index));
    const shown = proof ?? bad ?? indexes[0];
    const size = Math.min(6.5, 3.5 + indexes.length / 4);
    return svg`
      <g class="event" data-entry=${shown} data-bad=${bad === undefined ? 'false' : 'true'} data-proof=${proof === undefined ? 'false' : 'true'}>
        ${proof === undefined ? nothing : svg`<circle class="ring" cx=${x} cy=${y} r="9" />`}
        ${bad === undefined ? svg`<circle cx=${x} cy=${y} r=${size} />` : svg`<path d=${`M${x} ${y - 7}l7 12h-14z`} />`}
        <title>${title}</title>
      </g>`;
  }

  readonly #open = ({ target }: Event): void => {
    const entry = target instanceof Element ? target.closest<SVGElement>('[data-entry]')?.dataset.entry : undefined;
    if (entry !== undefined) location.hash = `#e-${entry}`;
  };
}

function details({ entries, startedAt }: CallDetails['timeline'], { indexes }: Mark): string {
  const named = indexes.slice(0, MOST_NAMED).flatMap((index) => {
    const entry = entries[index];
    return entry === undefined ? [] : [`${offset(entry.at - startedAt)} ${describeEntry(entry)}`];
  });
  return indexes.length > MOST_NAMED
    ? [...named, `and ${indexes.length - MOST_NAMED} more`].join('\n')
    : named.join('\n');
}

/** Entries by layer and row. */
function momentsOf({ timeline }: CallDetails): ReadonlyMap<LayerName, ReadonlyMap<Row, readonly Moment[]>> {
  const layers = new Map<LayerName, Map<Row, Moment[]>>();
  timeline.entries.forEach((entry, index) => {
    const layer = layerOf(entry);
    const row = rowOf(entry);
    const rows = layers.get(layer) ?? new Map<Row, Moment[]>();
    layers.set(layer, rows);
    const moments = rows.get(row) ?? [];
    rows.set(row, moments);
    moments.push({ index, at: entry.at - timeline.startedAt });
  });
  return layers;
}
