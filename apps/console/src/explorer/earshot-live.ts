import { LightElement } from '@earshot/widget/drawing';
import { html, nothing, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { type LivePage, liveCalls } from './api.js';
import { type LiveRow, LiveRows } from './live-rows.js';
import { Loader } from './loader.js';
import { causeBadge, placeholder, problem } from './parts.js';
import { callHref } from './route.js';
import { parties, stateName } from './words/call-words.js';
import { duration } from './words/times.js';

/**
 * The list is asked for each second. It is small, and a question needs no connection to be held open: a gateway that
 * restarts, a laptop that slept and a proxy in between are all met by the next question.
 */
const EVERY_MS = 1_000;

/** Calls that run now. Rows keep their places: new ones come below, and those that ended stay for a while. */
@customElement('earshot-live')
export class EarshotLive extends LightElement {
  readonly #live = new Loader<LivePage>(this);
  readonly #rows = new LiveRows();
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#ask();
    this.#timer = setInterval(() => void this.#ask(), EVERY_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  async #ask(): Promise<void> {
    if (document.hidden || this.#live.loading) return;
    await this.#live.load(liveCalls);
    const { value, error } = this.#live;
    if (value !== undefined && error === undefined) {
      // Rows that somebody is about to use stay where they are.
      const inUse = this.matches(':hover, :focus-within');
      this.#rows.update(value.calls, Date.now(), inUse);
      this.requestUpdate();
    }
  }

  protected override render(): TemplateResult {
    const { value, error } = this.#live;
    return html`
      <div class="page">
        <div class="page-head">
          <h1>Live calls</h1>
          <p class="count" role="status">${value === undefined ? '' : this.#count(value)}</p>
        </div>
        ${problem(error)}
        ${value === undefined ? (error === undefined ? placeholder(4) : nothing) : this.#table()}
      </div>`;
  }

  #count({ calls, total }: LivePage): string {
    const running = total === 1 ? 'One call is running' : `${total === 0 ? 'No' : total} calls are running`;
    const troubled = calls.filter(({ cause }) => cause !== undefined && cause.weight !== 'hint').length;
    const trouble = troubled === 0 ? '' : troubled === 1 ? ', one has a problem' : `, ${troubled} have a problem`;
    return `${running}${trouble}.${total > calls.length ? ` The newest ${calls.length} are shown.` : ''}`;
  }

  #table(): TemplateResult {
    const { rows } = this.#rows;
    if (rows.length === 0) {
      return html`
        <div class="empty">
          <p class="empty-title">Nobody is on the phone</p>
          <p>Calls show up here as soon as they begin. Earlier ones are on the page <a href="/search">Search</a>.</p>
        </div>`;
    }
    return html`
      <div class="scroll">
        <table class="calls">
          <caption class="hidden">Calls that are running</caption>
          <thead>
            <tr>
              <th scope="col">Who</th>
              <th scope="col">State</th>
              <th scope="col" class="number">For</th>
              <th scope="col">What is wrong</th>
              <th scope="col" class="wide">Trunk</th>
              <th scope="col" class="number wide">Quality</th>
            </tr>
          </thead>
          <tbody>${repeat(
            rows,
            ({ call }) => call.callId,
            (row) => this.#row(row),
          )}</tbody>
        </table>
      </div>`;
  }

  #row({ call, endedAt }: LiveRow): TemplateResult {
    const { from, to } = parties(call);
    const now = endedAt ?? Date.now();
    return html`
      <tr data-ended=${endedAt === undefined ? 'false' : 'true'}>
        <th scope="row"><a href=${callHref(call.callId)}>${from} <span class="to">to</span> ${to}</a></th>
        <td>${endedAt === undefined ? stateName(call.state) : 'Ended'}</td>
        <td class="number">${duration(Math.max(0, now - call.startedAt))}</td>
        <td class="what">${call.cause === undefined ? html`<span class="soft">Nothing</span>` : causeBadge(call.cause)}</td>
        <td class="wide">${call.trunk ?? '–'}</td>
        <td class="number wide">${call.mos === undefined ? '–' : call.mos.toFixed(1)}</td>
      </tr>`;
  }
}
