import { diagnose } from '@earshot/diagnosis';
import type { CallDetails } from '@earshot/telemetry';
import { LightElement } from '@earshot/widget/drawing';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { callDetails, exportHref } from '../api.js';
import { Loader } from '../loader.js';
import { placeholder, problem } from '../parts.js';
import { browserName, parties, resultName } from '../words/call-words.js';
import { dateTime, duration } from '../words/times.js';
import './earshot-events.js';
import './earshot-timeline.js';
import { gapNotes } from './gaps.js';
import { iceView } from './ice-view.js';
import { sipLadder } from './sip-ladder.js';
import { verdictCard } from './verdict-card.js';

/** A call that runs, or ended a moment ago, is looked at again this often, in ms. */
const EVERY_MS = 2_000;
/** A call of hours takes a while to fetch and draw: this takes a twentieth of the time at most. */
const REST = 20;
/** As long as a call waits for its last words. */
const SETTLES_MS = 15_000;

/** Everything about one call: the verdict first, then what it rests on. */
@customElement('earshot-call-details')
export class EarshotCallDetails extends LightElement {
  @property({ attribute: false }) callId = '';
  @state() private wanted: number | undefined;
  @state() private mark: number | undefined;
  readonly #details = new Loader<CallDetails>(this);
  #cannot: readonly string[] = [];
  #notBefore = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('hashchange', this.#pointed);
    this.#timer = setInterval(() => this.#again(), EVERY_MS / 2);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.#pointed);
    clearInterval(this.#timer);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('callId')) return;
    this.#details.reset();
    void this.#load().then(this.#pointed);
  }

  async #load(): Promise<void> {
    const began = performance.now();
    await this.#details.load(async (signal) => {
      const found = await callDetails(this.callId, signal);
      this.#cannot = diagnose(found.timeline).coverage.cannot;
      return found;
    });
    await this.updateComplete;
    const now = performance.now();
    this.#notBefore = now + Math.max(EVERY_MS, (now - began) * REST);
  }

  #again(): void {
    const { value, error, loading } = this.#details;
    if (loading || document.hidden || performance.now() < this.#notBefore) return;
    const isUnknown = error !== undefined && value === undefined && error.code === 'call.unknown';
    if (!isUnknown && (error !== undefined || isUnsettled(value))) void this.#load();
  }

  /** The fragment names an entry, or a moment in ms. */
  readonly #pointed = (): void => {
    const [, entry] = /^#e-(\d{1,6})$/.exec(location.hash) ?? [];
    const [, moment] = /^#t-(-?\d{1,12})$/.exec(location.hash) ?? [];
    const timeline = this.#details.value?.timeline;
    this.wanted = entry === undefined ? undefined : Number(entry);
    const at = entry === undefined ? undefined : timeline?.entries[Number(entry)]?.at;
    if (at !== undefined && timeline !== undefined) this.mark = at - timeline.startedAt;
    else if (moment !== undefined) {
      this.mark = Number(moment);
      this.querySelector('#timeline')?.scrollIntoView({ block: 'start' });
    }
  };

  protected override render(): TemplateResult {
    const { value, error } = this.#details;
    if (value === undefined) {
      return html`<div class="page">${error === undefined ? html`<h1 class="hidden">Call</h1>${placeholder(10)}` : this.#failed(error.code === 'call.unknown')}</div>`;
    }
    return html`
      <article class="page">
        ${this.#head(value)}
        ${problem(error)}
        ${verdictCard(value)}
        ${gapNotes(value.gaps, value.timeline)}
        ${this.#limits()}
        <nav class="within" aria-label="On this page">
          <a href="#timeline">Timeline</a><a href="#sip">Phone messages</a><a href="#ways">Ways to the gateway</a><a href="#events">Events</a>
        </nav>
        <section class="card" id="timeline" aria-labelledby="timeline-title">
          <h2 id="timeline-title">Timeline</h2>
          <p class="soft">
            Everything on one clock. A triangle is something that did not work; a ring marks what the verdict rests on. Drag
            over a chart to see a part of it.
          </p>
          <earshot-timeline .details=${value} .mark=${this.mark}></earshot-timeline>
        </section>
        <section class="card" id="sip" aria-labelledby="sip-title">
          <h2 id="sip-title">Phone messages <span class="soft">SIP</span></h2>
          ${sipLadder(value.timeline)}
        </section>
        <section class="card" id="ways" aria-labelledby="ways-title">
          <h2 id="ways-title">Ways to the gateway <span class="soft">ICE</span></h2>
          ${iceView(value.timeline)}
        </section>
        <section class="card" id="events" aria-labelledby="events-title">
          <h2 id="events-title">Events</h2>
          <earshot-events .timeline=${value.timeline} .wanted=${this.wanted}></earshot-events>
        </section>
      </article>`;
  }

  /** What the evidence cannot tell, so that nobody reads more into a verdict than there is. */
  #limits(): TemplateResult | typeof nothing {
    if (this.#cannot.length === 0) return nothing;
    return html`
      <details class="limits">
        <summary>What cannot be known of this call</summary>
        <ul>${this.#cannot.map((sentence) => html`<li>${sentence}</li>`)}</ul>
      </details>`;
  }

  #failed(unknown: boolean): TemplateResult {
    if (!unknown) return html`<h1>Call</h1>${problem(this.#details.error)}`;
    return html`
      <div class="empty">
        <h1>There is no such call</h1>
        <p>Its records may have been deleted since their time is over. Look for others on the page <a href="/search">Search</a>.</p>
      </div>`;
  }

  #head({ record, timeline }: CallDetails): TemplateResult {
    const { startedAt, endedAt, callId } = timeline;
    const { from, to } = parties(record ?? timeline);
    const lasted = endedAt === undefined ? 'still running' : `lasted ${duration(endedAt - startedAt)}`;
    const facts = [
      dateTime(startedAt),
      lasted,
      record === undefined ? undefined : resultName(record.result),
      ...(record?.browsers.map(browserName) ?? []),
      record?.trunk === undefined ? undefined : `trunk ${record.trunk}`,
    ].filter((fact) => fact !== undefined);
    return html`
      <header class="call-head">
        <div>
          <h1>${from} <span class="to">to</span> ${to}</h1>
          <p class="soft">${facts.join(' · ')}</p>
          <p class="soft"><code>${callId}</code></p>
        </div>
        <p class="exports">
          ${endedAt === undefined ? nothing : html`<span class="hidden">Export this call:</span>`}
          <a class="plain-button" href=${exportHref(this.callId, 'earshot')} download>Export</a>
          <a class="plain-button" href=${exportHref(this.callId, 'rtcstats')} download>As rtcstats</a>
        </p>
      </header>`;
  }
}

const isUnsettled = (details: CallDetails | undefined): boolean => {
  const endedAt = details?.timeline.endedAt;
  return endedAt === undefined || details?.record?.provisional === true || Date.now() - endedAt < SETTLES_MS;
};
