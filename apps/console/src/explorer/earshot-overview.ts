import { type Overview, type OverviewSlice, qualityName } from '@earshot/telemetry';
import { LightElement } from '@earshot/widget/drawing';
import { html, nothing, type PropertyValues, svg, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { overview } from './api.js';
import { gapNotes } from './call/gaps.js';
import { Loader } from './loader.js';
import { goTo } from './navigation.js';
import { placeholder, problem } from './parts.js';
import { isSpan, overviewHref, type SearchQuery, SPANS, type Span, searchHref } from './route.js';
import { areaName, causeName } from './words/call-words.js';
import { share, sharePercent } from './words/shares.js';
import { stepTime } from './words/times.js';

const SPAN_NAMES: Readonly<Record<Span, string>> = {
  '1h': 'Hour',
  '24h': 'Day',
  '7d': 'Week',
  '30d': 'Month',
};

const BAR_WIDTH = 100;

/** Where calls fail: over time, and by cause, browser, network and trunk. Every bar leads to its calls. */
@customElement('earshot-overview')
export class EarshotOverview extends LightElement {
  @property({ attribute: false }) span: Span = '24h';
  readonly #overview = new Loader<Overview>(this);

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('span')) return;
    const until = Date.now();
    void this.#overview.load((signal) => overview(until - SPANS[this.span], until, signal));
  }

  protected override render(): TemplateResult {
    const { value, error, loading } = this.#overview;
    return html`
      <div class="page">
        <div class="page-head">
          <h1>Overview</h1>
          <fieldset class="spans" @change=${this.#choose}>
            <legend class="hidden">Time</legend>
            ${Object.entries(SPAN_NAMES).map(
              ([span, name]) => html`
                <label><input type="radio" name="span" value=${span} .checked=${span === this.span} /><span>${name}</span></label>`,
            )}
          </fieldset>
        </div>
        ${problem(error)}
        <div aria-busy=${loading ? 'true' : 'false'}>
          ${value === undefined ? (error === undefined ? placeholder(8) : nothing) : this.#view(value)}
        </div>
      </div>`;
  }

  readonly #choose = (event: Event): void => {
    if (event.target instanceof HTMLInputElement && isSpan(event.target.value)) goTo(overviewHref(event.target.value));
  };

  #view(found: Overview): TemplateResult {
    if (found.calls === 0) {
      return html`
        ${gapNotes(found.gaps)}
        <div class="empty" role="status">
          <p class="empty-title">No calls in this time</p>
          <p>Choose a longer one, or look at the page <a href="/">Live</a>.</p>
        </div>`;
    }
    return html`
      ${gapNotes(found.gaps)}
      ${this.#totals(found)}
      <section class="card" aria-labelledby="over-time">
        <h2 id="over-time">Over time</h2>
        ${steps(found)}
      </section>
      <div class="slices">
        ${this.#slices('What was wrong', found.byCause, (name) => ({ cause: name }), nameOfCause)}
        ${this.#slices('Browser', found.byBrowser, (name) => ({ browser: name }))}
        ${this.#slices('Network', found.byNetwork, (name) => ({ network: name }))}
        ${this.#slices('Trunk', found.byTrunk, (name) => ({ trunk: name }))}
      </div>`;
  }

  #totals({ calls, failed, degraded, withoutAudio, answered, mos }: Overview): TemplateResult {
    const last = this.span;
    const tile = (
      name: string,
      count: number,
      of: number,
      query: SearchQuery | undefined,
      tone: string,
    ): TemplateResult => html`
      <div class="tile" data-tone=${count === 0 ? 'fine' : tone}>
        <dt>${name}</dt>
        <dd>
          ${query === undefined ? html`<span class="big">${count}</span>` : html`<a class="big" href=${searchHref({ ...query, last })}>${count}</a>`}
          <span class="soft">${sharePercent(count, of)}</span>
        </dd>
      </div>`;
    return html`
      <dl class="tiles">
        <div class="tile">
          <dt>Calls</dt>
          <dd><a class="big" href=${searchHref({ last })}>${calls}</a> <span class="soft">${answered} answered</span></dd>
        </div>
        ${tile('Went wrong', failed, calls, { weight: 'fault' }, 'fault')}
        ${tile('Sounded worse than they should', degraded, calls, { weight: 'degraded' }, 'degraded')}
        ${tile('Answered, and never heard both ways', withoutAudio, answered, undefined, 'fault')}
        <div class="tile">
          <dt>Sound on average</dt>
          <dd>
            <span class="big">${mos === undefined ? '–' : mos.toFixed(1)}</span>
            <span class="soft">${mos === undefined ? 'not measured' : `${qualityName(mos)}, of 4.5`}</span>
          </dd>
        </div>
      </dl>`;
  }

  #slices(
    title: string,
    slices: readonly OverviewSlice[],
    query: (name: string) => SearchQuery,
    say: (name: string) => TemplateResult | string = (name) => name,
  ): TemplateResult {
    const most = Math.max(1, ...slices.map(({ failed, degraded }) => failed + degraded));
    return html`
      <section class="card">
        <h2>${title}</h2>
        ${
          slices.length === 0
            ? html`<p class="soft">Nothing to show for this time.</p>`
            : html`
                <table class="bars">
                  <caption class="hidden">Calls by: ${title}</caption>
                  <thead>
                    <tr>
                      <th scope="col">${title}</th>
                      <th scope="col" class="number">Wrong</th>
                      <th scope="col" class="number">Worse</th>
                      <th scope="col" class="number">Calls</th>
                    </tr>
                  </thead>
                  <tbody>
                    ${slices.map(
                      (slice) => html`
                        <tr>
                          <th scope="row">
                            <a href=${searchHref({ ...query(slice.name), last: this.span })}>
                              <span class="bar-name">${say(slice.name)}</span>
                              ${bar(slice, most)}
                            </a>
                          </th>
                          <td class="number">${slice.failed}</td>
                          <td class="number">${slice.degraded}</td>
                          <td class="number">${slice.calls}</td>
                        </tr>`,
                    )}
                  </tbody>
                </table>`
        }
      </section>`;
  }
}

const nameOfCause = (code: string): TemplateResult | string =>
  code === 'none'
    ? 'Nothing'
    : html`${code.endsWith('.') ? areaName(code.slice(0, -1)) : causeName(code)} <code>${code}</code>`;

/** Failed and degraded, to the scale of the longest. */
function bar({ failed, degraded }: OverviewSlice, most: number): TemplateResult {
  const first = share(failed, most) * BAR_WIDTH;
  const second = share(degraded, most) * BAR_WIDTH;
  return html`
    <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="rail" width="100" height="8" />
      <rect class="fault" width=${first} height="8" />
      <rect class="degraded" x=${first} width=${second} height="8" />
    </svg>`;
}

/** A bar for each step of time: calls, and on its foot those that went wrong. */
function steps({ steps: all, from, until }: Overview): TemplateResult {
  const most = Math.max(1, ...all.map(({ calls }) => calls));
  const [first, second] = all;
  const width = first === undefined || second === undefined ? until - from : second.at - first.at;
  return html`
    <ol class="steps">
      ${all.map(({ at, calls, failed, degraded }) => {
        const time = stepTime(at, until - from);
        const height = (count: number): number => share(count, most) * 100;
        const label = `${time}: ${calls} calls, ${failed} went wrong, ${degraded} sounded worse`;
        const href = searchHref({ from: String(Math.round(at)), until: String(Math.round(at + width)) });
        return html`
          <li>
            <a href=${href} aria-label=${label} title=${label}>
              ${svg`
                <svg viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="calls" y=${100 - height(calls)} width="10" height=${height(calls)} />
                  <rect class="degraded" y=${100 - height(failed + degraded)} width="10" height=${height(failed + degraded)} />
                  <rect class="fault" y=${100 - height(failed)} width="10" height=${height(failed)} />
                </svg>`}
            </a>
          </li>`;
      })}
    </ol>
    <p class="steps-axis" aria-hidden="true">
      <span>${stepTime(from, until - from)}</span><span>at most ${most} calls in a bar</span><span>${stepTime(until, until - from)}</span>
    </p>
    <p class="legend">
      <span data-tone="calls">Calls</span><span data-tone="fault">went wrong</span><span data-tone="degraded">sounded worse</span>
    </p>`;
}
