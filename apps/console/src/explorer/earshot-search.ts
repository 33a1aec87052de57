import type { CallPage, CallRecord } from '@earshot/telemetry';
import { LightElement } from '@earshot/widget/drawing';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { searchCalls } from './api.js';
import { Loader } from './loader.js';
import { goTo } from './navigation.js';
import { causeBadge, placeholder, problem } from './parts.js';
import { callHref, isSpan, readQuery, type SearchQuery, searchHref } from './route.js';
import {
  areaName,
  browserName,
  causeGroups,
  causeName,
  parties,
  RESULT_NAMES,
  resultName,
} from './words/call-words.js';
import { dateTime, duration } from './words/times.js';

const SPAN_NAMES = [
  ['', 'Any time'],
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
] as const;

const WEIGHT_NAMES = [
  ['', 'Any'],
  ['fault', 'Fault: no call or no sound'],
  ['degraded', 'Degraded: worse than it should be'],
] as const;

/** Calls that ended, found by who, when and what was wrong. The address carries the search. */
@customElement('earshot-search')
export class EarshotSearch extends LightElement {
  @property({ attribute: false }) query: SearchQuery = {};
  readonly #page = new Loader<CallPage>(this);

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('query')) void this.#page.load((signal) => searchCalls(this.query, signal));
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('query')) return;
    // The back button changes the address; what people have typed into the form follows it.
    for (const field of this.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[name]')) {
      field.value = this.query[field.name as keyof SearchQuery] ?? '';
    }
  }

  protected override render(): TemplateResult {
    const { value, error } = this.#page;
    return html`
      <div class="page">
        <div class="page-head"><h1>Search calls</h1></div>
        ${this.#form()}
        ${problem(error)}
        <div class="results" aria-busy=${this.#page.loading ? 'true' : 'false'}>
          ${value === undefined ? (error === undefined ? placeholder(8) : nothing) : this.#results(value)}
        </div>
      </div>`;
  }

  #form(): TemplateResult {
    const { query } = this;
    const more = ['browser', 'trunk', 'network', 'user'] as const;
    const labels = { browser: 'Browser', trunk: 'Trunk', network: 'Network', user: 'User' };
    const examples = { browser: 'Chromium 156', trunk: '', network: '198.51.100.0/24', user: '' };
    const isOpen = more.some((name) => query[name] !== undefined);
    return html`
      <form class="search" role="search" @submit=${this.#submit} @change=${this.#choose}>
        <div class="search-main">
          <label for="text">Number, user or call id</label>
          <div class="search-line">
            <input id="text" name="text" type="search" maxlength="128" autocomplete="off" spellcheck="false" />
            <button class="primary" type="submit">Search</button>
          </div>
        </div>
        <div class="filters">
          <label>What was wrong ${this.#causes()}</label>
          <label>How bad <select name="weight">${options(WEIGHT_NAMES)}</select></label>
          <label>Result <select name="result">${options([['', 'Any'], ...RESULT_NAMES])}</select></label>
          <label>When <select name="last">${options(SPAN_NAMES)}</select></label>
        </div>
        <details class="more" ?open=${isOpen}>
          <summary>More filters</summary>
          <div class="filters">
            ${more.map(
              (name) => html`
                <label>${labels[name]} <input name=${name} maxlength="128" autocomplete="off" placeholder=${examples[name]} /></label>`,
            )}
          </div>
        </details>
        ${this.#window()}
      </form>`;
  }

  #causes(): TemplateResult {
    return html`
      <select name="cause">
        <option value="">Anything</option>
        <option value="none">Nothing was wrong</option>
        ${causeGroups().map(
          ({ area, codes }) => html`
            <optgroup label=${areaName(area)}>
              <option value="${area}.">${areaName(area)}: all</option>
              ${codes.map((code) => html`<option value=${code}>${causeName(code)}</option>`)}
            </optgroup>`,
        )}
      </select>`;
  }

  /** A time that a bar of the overview stands for. */
  #window(): TemplateResult | typeof nothing {
    const { from, until, ...rest } = this.query;
    if (from === undefined && until === undefined) return nothing;
    const { after: _after, ...open } = rest;
    const time = (text: string | undefined, other: string): string =>
      text === undefined || !/^\d+$/.test(text) ? other : dateTime(Number(text));
    return html`
      <p class="window">
        Calls that began from ${time(from, 'the first')} to ${time(until, 'now')}.
        <a href=${searchHref(open)}>Any time instead</a>
      </p>`;
  }

  readonly #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    this.#search(event.currentTarget);
  };

  /** A choice is a search at once; what is typed waits for Enter. */
  readonly #choose = (event: Event): void => {
    if (event.target instanceof HTMLSelectElement) this.#search(event.currentTarget);
  };

  #search(form: EventTarget | null): void {
    if (!(form instanceof HTMLFormElement)) return;
    const params = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') params.append(name, value);
    const asked = readQuery(params);
    const { from, until } = this.query;
    // A span that is chosen replaces the time that a link gave.
    const time = isSpan(asked.last)
      ? {}
      : { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
    goTo(searchHref({ ...asked, ...time }));
  }

  #results({ calls, next }: CallPage): TemplateResult {
    const { after, ...first } = this.query;
    if (calls.length === 0) {
      const isNarrow = Object.keys(first).length > 0;
      return html`
        <div class="empty" role="status">
          <p class="empty-title">${after === undefined ? 'No call was found' : 'There are no earlier calls'}</p>
          <p>${isNarrow ? html`Take a filter away, or <a href="/search">start anew</a>.` : 'Calls are listed here as soon as they end.'}</p>
        </div>`;
    }
    return html`
      <div class="scroll">
        <table class="calls">
          <caption class="hidden">Calls that were found, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Began</th>
              <th scope="col">Who</th>
              <th scope="col">What was wrong</th>
              <th scope="col">Result</th>
              <th scope="col" class="number">Lasted</th>
              <th scope="col" class="wide">Browser</th>
              <th scope="col" class="number wide">Quality</th>
            </tr>
          </thead>
          <tbody>${calls.map(row)}</tbody>
        </table>
      </div>
      <nav class="paging" aria-label="Further calls">
        ${after === undefined ? nothing : html`<a href=${searchHref(first)}>Newest</a>`}
        ${next === undefined ? html`<span class="soft">No earlier calls</span>` : html`<a href=${searchHref({ ...first, after: next })}>Earlier calls</a>`}
      </nav>`;
  }
}

function row(record: CallRecord): TemplateResult {
  const { from, to } = parties(record);
  const [first] = record.quality;
  return html`
    <tr>
      <td class="when">${dateTime(record.startedAt)}</td>
      <th scope="row"><a href=${callHref(record.key)}>${from} <span class="to">to</span> ${to}</a></th>
      <td class="what">${causeBadge(record.cause, record.result)}</td>
      <td>${resultName(record.result)}</td>
      <td class="number">${duration(Math.max(0, record.endedAt - record.startedAt))}</td>
      <td class="wide">${record.browsers.map(browserName).join(', ') || '–'}</td>
      <td class="number wide">${first === undefined ? '–' : first.mos.toFixed(1)}</td>
    </tr>`;
}

const options = (names: readonly (readonly [string, string])[]): TemplateResult[] =>
  names.map(([value, name]) => html`<option value=${value}>${name}</option>`);
