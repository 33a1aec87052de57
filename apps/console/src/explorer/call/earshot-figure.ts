import { LightElement } from '@earshot/widget/drawing';
import { html, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import uPlot from 'uplot';
import type { Figure } from '../charts/figures.js';
import { condense, type Grid, summarize } from '../charts/grid.js';
import { ticks, type Window } from '../charts/marks.js';
import { offset } from '../words/times.js';

const HEIGHT = 132;
/** Of the time axis below, in px. */
const AXIS = 22;
/** Lines differ by more than their colour. */
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [10, 3, 2, 3], [4, 4], [1, 4]];
const TABLE_ROWS = 30;

/** One figure over the time of the call: a chart, and the same as a table. */
@customElement('earshot-figure')
export class EarshotFigure extends LightElement {
  @property({ attribute: false }) figure: Figure | undefined;
  @property({ attribute: false }) grid: Grid | undefined;
  @property({ attribute: false }) window: Window = { from: 0, to: 1_000 };
  /** A moment to point at, in ms. */
  @property({ attribute: false }) mark: number | undefined;
  /** Widths in px: of all, and of the edges that every drawing of the timeline has in common. */
  @property({ attribute: false }) width = 0;
  @property({ attribute: false }) gutter = 44;
  @property({ attribute: false }) edge = 12;
  #plot: uPlot | undefined;
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');

  override connectedCallback(): void {
    super.connectedCallback();
    this.#dark.addEventListener('change', this.#redraw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#dark.removeEventListener('change', this.#redraw);
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  readonly #redraw = (): void => void this.#plot?.redraw();

  protected override render(): TemplateResult {
    const { figure, grid } = this;
    if (figure === undefined || grid === undefined) return html``;
    return html`
      <figure>
        <figcaption><strong>${figure.title}</strong> <span class="soft">${figure.about}</span></figcaption>
        <ul class="key">
          ${figure.series.map(
            ({ label, hue }, index) => html`
              <li data-hue=${hue}>
                <svg viewBox="0 0 24 4" aria-hidden="true"><line x2="24" y1="2" y2="2" stroke-dasharray=${DASHES[hue]?.join(' ') ?? ''} /></svg>
                ${label} <output data-series=${index} aria-hidden="true"></output>
              </li>`,
          )}
        </ul>
        <div class="plot" role="img" aria-label=${describe(figure)}></div>
        <details class="as-table"><summary>As a table</summary>${table(figure, grid)}</details>
      </figure>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { figure, grid, width, window } = this;
    if (figure === undefined || grid === undefined || width <= 0) return;
    if (this.#plot === undefined || changed.has('figure') || changed.has('gutter')) {
      this.#plot?.destroy();
      const host = this.querySelector<HTMLElement>('.plot');
      if (host === null) return;
      this.#plot = new uPlot(this.#options(figure), dataOf(figure, grid), host);
    } else if (changed.has('width')) {
      this.#plot.setSize({ width, height: HEIGHT });
    }
    this.#plot.setScale('x', { min: window.from / 1000, max: window.to / 1000 });
    if (changed.has('mark')) this.#plot.redraw(false);
  }

  #options(figure: Figure): uPlot.Options {
    const color = (name: string) => (): string => getComputedStyle(this).getPropertyValue(name);
    const { low, high, digits, unit } = figure;
    return {
      width: this.width,
      height: HEIGHT,
      padding: [8, this.edge, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: 'earshot-timeline' }, y: false, drag: { x: true, y: false, setScale: false } },
      scales: {
        x: { time: false },
        y: {
          range: (_plot, least, most) => {
            const bottom = Math.min(low, least ?? low);
            const top = Math.max(high, most ?? high);
            // A line at the very edge would be cut in half.
            const air = (top - bottom) * 0.04;
            return [bottom - air, top + air];
          },
        },
      },
      axes: [
        {
          size: AXIS,
          stroke: color('--soft'),
          grid: { stroke: color('--line'), width: 1 },
          ticks: { show: false },
          splits: () => ticks(this.window, this.width < 500 ? 4 : 8).map((at) => at / 1000),
          values: (_plot, values) => values.map((seconds) => offset(seconds * 1000).replace(/\.0$/, '')),
          font: AXIS_FONT,
        },
        {
          size: this.gutter,
          stroke: color('--soft'),
          grid: { stroke: color('--line'), width: 1 },
          ticks: { show: false },
          space: 32,
          values: (_plot, values) => values.map((value) => `${value} ${unit}`),
          font: AXIS_FONT,
        },
      ],
      series: [
        {},
        ...figure.series.map(({ hue }) => ({
          stroke: color(`--hue-${hue}`),
          width: 2,
          dash: [...(DASHES[hue] ?? [])],
          points: { show: false },
          spanGaps: false,
        })),
      ],
      hooks: {
        draw: [(plot) => this.#drawMark(plot)],
        setCursor: [
          ({ cursor, data }) => {
            for (const output of this.querySelectorAll<HTMLOutputElement>('output')) {
              const series = data[Number(output.dataset.series) + 1];
              const value = cursor.idx === null || cursor.idx === undefined ? undefined : series?.[cursor.idx];
              output.textContent = value === undefined || value === null ? '' : `${value.toFixed(digits)} ${unit}`;
            }
          },
        ],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 4) return;
            const detail: Window = {
              from: plot.posToVal(left, 'x') * 1000,
              to: plot.posToVal(left + width, 'x') * 1000,
            };
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            this.dispatchEvent(new CustomEvent<Window>('window', { detail, bubbles: true }));
          },
        ],
      },
    };
  }

  #drawMark(plot: uPlot): void {
    if (this.mark === undefined) return;
    const x = plot.valToPos(this.mark / 1000, 'x', true);
    const { left, top, width, height } = plot.bbox;
    if (x < left || x > left + width) return;
    plot.ctx.save();
    plot.ctx.strokeStyle = getComputedStyle(this).getPropertyValue('--danger');
    plot.ctx.lineWidth = devicePixelRatio * 1.5;
    plot.ctx.beginPath();
    plot.ctx.moveTo(x, top);
    plot.ctx.lineTo(x, top + height);
    plot.ctx.stroke();
    plot.ctx.restore();
  }
}

const AXIS_FONT = '12px system-ui, sans-serif';

const dataOf = (figure: Figure, grid: Grid): uPlot.AlignedData => [
  [...grid.seconds],
  ...figure.series.map(({ values }) => [...values]),
];

/** What the chart shows, for those who do not see it. */
function describe({ title, unit, digits, series }: Figure): string {
  const lines = series.map(({ label, values }) => {
    const summary = summarize(values);
    if (summary === undefined) return label;
    const [mean, least, most] = [summary.mean, summary.least, summary.most].map((value) => value.toFixed(digits));
    return `${label}: ${mean} ${unit} on average, from ${least} to ${most}`;
  });
  return `${title}. ${lines.join('; ')}. The same as a table follows.`;
}

function table({ title, unit, digits, series }: Figure, { seconds }: Grid): TemplateResult {
  const times = condense(seconds, TABLE_ROWS);
  const columns = series.map(({ values }) => condense(values, TABLE_ROWS));
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="${title}, as a table">
      <table class="plain">
        <thead><tr><th scope="col">Time</th>${series.map(({ label }) => html`<th scope="col" class="number">${label}, ${unit}</th>`)}</tr></thead>
        <tbody>
          ${times.map(
            (time, index) => html`
              <tr>
                <th scope="row" class="moment">${offset((time ?? 0) * 1000)}</th>
                ${columns.map((values) => html`<td class="number">${values[index]?.toFixed(digits) ?? '–'}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
