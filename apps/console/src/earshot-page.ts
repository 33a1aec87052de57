import { type Call, type ClientSessionState, createPhone, EarshotError, type Phone } from '@earshot/client';
import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { EarshotActiveCall } from './earshot-active-call.js';
import './earshot-dialer.js';
import './earshot-error.js';
import './earshot-incoming.js';
import { isKey } from './earshot-keypad.js';
import { mark } from './icons.js';
import { LightElement } from './light-element.js';
import { loadPageInfo, type PageInfo, socketUrl, wantedPolicy } from './page-info.js';
import { Ringer } from './ringer.js';
import { callWords, endWords, formatDuration, linkWords, partyName } from './words.js';

/** In milliseconds. */
const RETRY = 5_000;
const TICK = 250;

/** The softphone: one card, one call at a time. */
@customElement('earshot-page')
export class EarshotPage extends LightElement {
  @state() private info: PageInfo | undefined;
  @state() private link: ClientSessionState | 'loading' = 'loading';
  @state() private linkError: EarshotError | undefined;
  @state() private call: Call | undefined;
  @state() private callError: EarshotError | undefined;
  @state() private ended: string | undefined;
  @state() private phone: Phone | undefined;
  @state() private destination = '';
  readonly #ringer = new Ringer();
  #freshToken: string | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('keydown', this.#onKey);
    void this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#onKey);
    clearTimeout(this.#retry);
    clearInterval(this.#clock);
    this.phone?.disconnect();
  }

  protected override render(): TemplateResult {
    return html`
      <main class="card">
        <header class="head">
          ${mark}
          <h1>Earshot</h1>
          <p class="link" data-state=${this.link}><span class="dot" aria-hidden="true"></span>${linkWords(this.link)}</p>
        </header>
        <div class="status">
          <p id="state" data-testid="state" role="status" data-state=${this.#stateName()}>${this.#title()}</p>
          <p id="timer" data-testid="timer" role="timer">${this.#timer()}</p>
        </div>
        <div class="view">${this.#view()}</div>
        <footer class="foot">${this.#waitForCalls()}</footer>
      </main>
    `;
  }

  #view(): TemplateResult {
    const { call } = this;
    if (call === undefined) {
      return html`
        <earshot-dialer
          .lines=${this.info?.mayCall ?? []}
          .error=${this.callError ?? this.linkError}
          .ready=${this.phone !== undefined}
          .destination=${this.destination}
          @call=${(event: CustomEvent<string>) => this.#start(event.detail)}
        ></earshot-dialer>
      `;
    }
    if (rings(call)) return html`<earshot-incoming .call=${call} .name=${this.#nameOf(call)}></earshot-incoming>`;
    return html`<earshot-active-call .call=${call} .name=${this.#nameOf(call)}></earshot-active-call>`;
  }

  #waitForCalls(): TemplateResult | typeof nothing {
    const { info, phone } = this;
    if (info?.address === undefined || phone === undefined) return nothing;
    return html`
      <label class="switch" for="available">
        <input
          id="available"
          data-testid="available"
          type="checkbox"
          role="switch"
          aria-describedby="address"
          .checked=${phone.available}
          @change=${this.#toggleAvailable}
        />
        <span>Wait for calls</span>
      </label>
      <p id="address" class="address">Phones dial <code>${info.address}</code></p>
    `;
  }

  #stateName(): string {
    if (this.call !== undefined) return this.call.state;
    return this.ended === undefined ? 'idle' : 'ended';
  }

  #title(): string {
    const { call } = this;
    if (call === undefined) return this.ended ?? (this.phone === undefined ? 'Getting ready…' : 'Ready to call');
    if (rings(call)) return `${this.#nameOf(call)} calls`;
    const { state, direction, muted, waiting } = call;
    return callWords({ state, incoming: direction === 'incoming', muted, waiting: waiting.for, lasts: 0 }).title;
  }

  #timer(): string {
    const since = this.call?.connectedAt;
    return since === undefined ? '' : formatDuration((Date.now() - since) / 1_000);
  }

  #nameOf({ remote }: Call): string {
    return partyName(remote, this.info?.mayCall ?? []);
  }

  async #load(): Promise<void> {
    try {
      const info = await loadPageInfo();
      this.#freshToken = info.token;
      const phone = createPhone({ url: socketUrl(info.wsPath), token: () => this.#token(), ...wantedPolicy() });
      phone.on('state', (link, error) => this.#linkChanged(link, error));
      phone.on('incoming', (call) => this.#incoming(call));
      phone.on('call', (call) => call.resumed && this.#take(call));
      this.info = info;
      this.phone = phone;
      globalThis.earshot = { phone, call: undefined };
      await phone.connect();
    } catch (error) {
      this.link = 'closed';
      this.linkError = error instanceof EarshotError ? error : new EarshotError('signaling.ws_unreachable');
      this.#retry = setTimeout(() => void this.#again(), RETRY);
    }
  }

  async #again(): Promise<void> {
    if (this.phone === undefined) return this.#load();
    // What was refused for good will be refused again; the next call asks once more.
    if (this.linkError?.code.startsWith('auth.') === true) return;
    await this.phone.connect().catch(() => {
      this.#retry = setTimeout(() => void this.#again(), RETRY);
    });
  }

  /** The token that came with the page serves once; later connections fetch their own. */
  async #token(): Promise<string> {
    const fresh = this.#freshToken;
    this.#freshToken = undefined;
    return fresh ?? (await loadPageInfo()).token;
  }

  #linkChanged(link: ClientSessionState, error: EarshotError | undefined): void {
    this.link = link;
    this.linkError = link === 'closed' ? error : undefined;
  }

  #start(destination: string): void {
    if (this.phone === undefined || this.call !== undefined) return;
    this.destination = destination;
    this.#take(this.phone.call(destination));
  }

  #incoming(call: Call): void {
    if (this.call !== undefined) {
      call.reject('busy');
      return;
    }
    this.#ringer.start();
    this.#take(call);
  }

  #take(call: Call): void {
    this.callError = undefined;
    this.ended = undefined;
    this.call = call;
    globalThis.earshot = { phone: this.phone, call };
    call.on('state', () => this.#callChanged(call));
    call.on('mute', () => this.requestUpdate());
    call.on('ended', () => void this.#over(call));
    this.#callChanged(call);
    this.#clock = setInterval(() => this.requestUpdate(), TICK);
    void this.#moveFocus('.active, .incoming');
  }

  #callChanged(call: Call): void {
    if (!rings(call)) this.#ringer.stop();
    document.title = rings(call) ? `${this.#nameOf(call)} calls · Earshot` : `${this.#nameOf(call)} · Earshot`;
    this.requestUpdate();
  }

  async #over(call: Call): Promise<void> {
    this.#ringer.stop();
    clearInterval(this.#clock);
    document.title = 'Earshot';
    const { end, connectedAt } = call;
    this.call = undefined;
    this.callError = end?.error;
    const talked = connectedAt === undefined ? undefined : (Date.now() - connectedAt) / 1_000;
    this.ended = end === undefined ? undefined : endWords(end, talked);
    await this.#moveFocus('#call');
  }

  /** Views come and go; the focus stays with what matters, and never on a button that a held Enter would press. */
  async #moveFocus(selector: string): Promise<void> {
    await this.updateComplete;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    this.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
  }

  #toggleAvailable(event: Event): void {
    const { phone } = this;
    if (phone === undefined || !(event.target instanceof HTMLInputElement)) return;
    phone.available = event.target.checked;
    this.#ringer.unlock();
    this.requestUpdate();
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const { call } = this;
    if (call === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      call.hangUp();
      return;
    }
    if (event.target instanceof HTMLInputElement || !isKey(event.key)) return;
    const active = this.querySelector('earshot-active-call');
    if (active instanceof EarshotActiveCall) active.press(event.key);
  };
}

const rings = (call: Call): boolean => call.direction === 'incoming' && call.state === 'ringing';
