import type { Call, EarshotError, Levels } from '@earshot/client';
import { wordsOf } from '@earshot/client/words';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import './earshot-keypad.js';
import { EarshotMeter } from './earshot-meter.js';
import { hangUp, keypad, microphone, microphoneOff, speaker } from './icons.js';
import { LightElement } from './light-element.js';
import { callWords, pathWords } from './words.js';

/** The call that is going on: what it waits for, how loud each side is, and what can be done. */
@customElement('earshot-active-call')
export class EarshotActiveCall extends LightElement {
  @property({ attribute: false }) call: Call | undefined;
  @property() name = '';
  @state() private keypadOpen = false;
  @state() private sent = '';
  @state() private problem: EarshotError | undefined;
  #unsubscribe: (() => void)[] = [];
  #clock: ReturnType<typeof setInterval> | undefined;
  #enteredAt = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#clock = setInterval(() => this.requestUpdate(), 250);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    this.#leave();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('call')) return;
    this.#leave();
    this.sent = '';
    this.problem = undefined;
    const { call } = this;
    if (call === undefined) return;
    this.#enteredAt = Date.now();
    this.#unsubscribe = [
      call.on('state', () => this.#enter()),
      call.on('mute', () => this.requestUpdate()),
      call.on('path', () => this.requestUpdate()),
      call.on('levels', (levels) => this.#show(levels)),
      call.on('error', (error) => {
        // The hint of this state says it already, and for as long as it is true.
        if (error.code !== 'mic.prompt_ignored') this.problem = error;
      }),
    ];
  }

  /** Sends one key, as the keypad or the keyboard gives it. */
  press(key: string): void {
    if (this.call === undefined) return;
    try {
      this.call.sendDtmf(key);
      this.sent += key;
    } catch {
      // Keys before there is audio go nowhere, as on any phone.
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { call } = this;
    if (call === undefined) return nothing;
    return html`
      <section class="active" aria-label="Call" tabindex="-1">
        <div class="stage">${this.keypadOpen ? this.#keypad() : this.#portrait(call)}</div>
        <div class="meters">
          <earshot-meter data-side="microphone" label="You"></earshot-meter>
          <earshot-meter data-side="remote" label="Them"></earshot-meter>
        </div>
        <dl id="path" data-testid="path" class="path" aria-label="Path of the audio">
          ${pathWords(call.path).map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
        </dl>
        <div class="controls">
          <button id="mute" data-testid="mute" class="round" type="button" aria-pressed=${call.muted ? 'true' : 'false'} @click=${this.#mute}>
            <span class="disc">${call.muted ? microphoneOff : microphone}</span><span>Mute</span>
          </button>
          <button id="hangup" data-testid="hangup" class="round danger" type="button" @click=${() => call.hangUp()}>
            <span class="disc">${hangUp}</span><span>Hang up</span>
          </button>
          <button
            id="keypad"
            data-testid="keypad"
            class="round"
            type="button"
            aria-expanded=${this.keypadOpen ? 'true' : 'false'}
            @click=${this.#toggleKeypad}
          >
            <span class="disc">${keypad}</span><span>Keypad</span>
          </button>
        </div>
      </section>
    `;
  }

  #keypad(): TemplateResult {
    return html`<earshot-keypad .sent=${this.sent} @key=${(event: CustomEvent<string>) => this.press(event.detail)}></earshot-keypad>`;
  }

  #portrait(call: Call): TemplateResult {
    const { hint } = callWords({
      state: call.state,
      incoming: call.direction === 'incoming',
      muted: call.muted,
      waiting: call.waiting.for,
      lasts: Date.now() - this.#enteredAt,
    });
    return html`
      <div class="portrait" data-state=${call.state} aria-hidden="true">${initial(this.name)}</div>
      <p class="party">${this.name}</p>
      <div class="note">
        ${this.problem === undefined ? html`<p class="reason">${hint}${this.#countdown(call)}</p>` : this.#problem(call, this.problem)}
      </div>
    `;
  }

  #problem(call: Call, error: EarshotError): TemplateResult {
    if (error.code !== 'playout.autoplay_blocked') return html`<earshot-error .error=${error}></earshot-error>`;
    const hear = (): void => {
      this.problem = undefined;
      void call.resumePlayout();
    };
    return html`
      <p class="reason">${wordsOf(error.code).what}</p>
      <button id="hear" data-testid="hear" class="secondary" type="button" @click=${hear}>${speaker}<span>Hear the call</span></button>
    `;
  }

  #countdown(call: Call): TemplateResult | typeof nothing {
    const { until } = call.waiting;
    if (until === undefined || (call.state !== 'answered' && call.state !== 'reconnecting')) return nothing;
    const left = Math.max(0, Math.ceil((until - Date.now()) / 1_000));
    return html`<span id="countdown" class="countdown">Giving up in ${left} s.</span>`;
  }

  #enter(): void {
    this.#enteredAt = Date.now();
    this.requestUpdate();
  }

  #mute(): void {
    if (this.call?.muted === true) this.call.unmute();
    else this.call?.mute();
  }

  #toggleKeypad(): void {
    this.keypadOpen = !this.keypadOpen;
  }

  #show(levels: Levels): void {
    for (const meter of this.querySelectorAll('earshot-meter')) {
      if (meter instanceof EarshotMeter)
        meter.level = meter.dataset.side === 'remote' ? levels.remote : levels.microphone;
    }
  }

  #leave(): void {
    for (const off of this.#unsubscribe.splice(0)) off();
  }
}

const initial = (name: string): string => (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '#').toUpperCase();
