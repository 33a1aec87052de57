import { type Call, createPhone, type Phone } from '@earshot/client';
import { wordsFor } from '@earshot/client/words';
import { LightElement, mark, speaker } from '@earshot/widget/drawing';
import {
  activeView,
  asError,
  availableView,
  CallDesk,
  incomingView,
  isKey,
  PANEL_FOCUS,
  pointerView,
  qualityView,
  soundView,
  type View,
} from '@earshot/widget/page';
import { html, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import './earshot-dialer.js';
import { loadPageInfo, type PageInfo, socketUrl, wantedPolicy } from './page-info.js';
import { pathView } from './path-view.js';

/** In milliseconds. */
const RETRY = 5_000;

/** The softphone: one card, one call at a time. */
@customElement('earshot-page')
export class EarshotPage extends LightElement {
  @state() private info: PageInfo | undefined;
  @state() private destination = '';
  readonly #desk = new CallDesk(
    this,
    (view) => this.#viewChanged(view),
    (panel) => void this.#moveFocus(PANEL_FOCUS[panel]),
  );
  #freshToken: string | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#desk.words = wordsFor();
    document.documentElement.lang = this.#desk.words.locale;
    addEventListener('keydown', this.#onKey);
    void this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('keydown', this.#onKey);
    clearTimeout(this.#retry);
    this.#desk.detach();
  }

  protected override render(): TemplateResult {
    const desk = this.#desk;
    const { link, words } = desk;
    return html`
      <main class="card">
        <header class="head">
          ${mark}
          <h1>Earshot</h1>
          <p class="link" data-state=${link}><span class="dot" aria-hidden="true"></span>${words.link(link)}</p>
        </header>
        <div class="status">
          <p id="state" data-testid="state" role="status" data-state=${desk.stateName}>${desk.said.title}</p>
          ${qualityView(desk)}
          <p id="timer" data-testid="timer" role="timer">${desk.timer}</p>
        </div>
        <div class="view">${this.#view()}</div>
        <footer class="foot">${this.#waitForCalls()}</footer>
      </main>
      ${pointerView(desk)}
    `;
  }

  #view(): TemplateResult | typeof nothing {
    const desk = this.#desk;
    switch (desk.view) {
      case 'incoming':
        return incomingView(desk);
      case 'active':
        return activeView(desk, pathView(desk.words, desk.call?.path));
      case 'idle':
      case 'ended':
        if (desk.panel === 'sound') return soundView(desk, ['microphone', 'speaker', 'ringer']);
        return html`
          <earshot-dialer
            .words=${desk.words}
            .lines=${this.info?.mayCall ?? []}
            .error=${desk.error}
            .ready=${desk.phone !== undefined}
            .destination=${this.destination}
            @call=${(event: CustomEvent<string>) => this.#start(event.detail)}
          ></earshot-dialer>
        `;
    }
  }

  #waitForCalls(): TemplateResult | typeof nothing {
    const { info } = this;
    const { call, panel, phone, words } = this.#desk;
    if (phone === undefined) return nothing;
    return html`
      ${
        info?.address === undefined
          ? nothing
          : html`
            ${availableView(this.#desk, 'address')}
            <p id="address" class="address">${words.label('phonesDial')} <code>${info.address}</code></p>
          `
      }
      <button
        id="devices"
        data-testid="devices"
        class="quiet"
        type="button"
        aria-expanded=${panel === 'sound' ? 'true' : 'false'}
        ?hidden=${call !== undefined}
        @click=${() => this.#desk.toggle('sound')}
      >
        ${speaker}<span>${words.label('sound')}</span>
      </button>
    `;
  }

  async #load(): Promise<void> {
    const desk = this.#desk;
    try {
      const info = await loadPageInfo();
      this.#freshToken = info.token;
      const phone = createPhone({
        url: socketUrl(info.wsPath),
        token: () => this.#token(),
        page: { notifications: desk.notification },
        ...wantedPolicy(),
      });
      this.info = info;
      desk.titles = info.mayCall;
      phone.on('call', (call) => this.#began(phone, call));
      desk.attach(phone);
      globalThis.earshot = { phone, call: undefined };
      await phone.connect();
    } catch (error) {
      desk.refused(asError(error));
      this.#retry = setTimeout(() => void this.#again(), RETRY);
    }
  }

  async #again(): Promise<void> {
    const { error, phone } = this.#desk;
    if (phone === undefined) return this.#load();
    // What was refused for good will be refused again; the next call asks once more.
    if (error?.code.startsWith('auth.') === true) return;
    await phone.connect().catch(() => {
      this.#retry = setTimeout(() => void this.#again(), RETRY);
    });
  }

  /** The token that came with the page serves once; later connections fetch their own. */
  async #token(): Promise<string> {
    const fresh = this.#freshToken;
    this.#freshToken = undefined;
    return fresh ?? (await loadPageInfo()).token;
  }

  #start(destination: string): void {
    this.destination = destination;
    this.#desk.dial(destination);
  }

  #began(phone: Phone, call: Call): void {
    globalThis.earshot = { phone, call };
  }

  #viewChanged(view: View): void {
    const { name, said } = this.#desk;
    document.title =
      view === 'incoming' ? `${said.title} · Earshot` : view === 'active' ? `${name} · Earshot` : 'Earshot';
    void this.#moveFocus(view === 'active' || view === 'incoming' ? `.${view}` : '#call');
  }

  /** Views come and go; the focus stays with what matters, and never on a button that a held Enter would press. */
  async #moveFocus(selector: string): Promise<void> {
    await this.updateComplete;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    this.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const desk = this.#desk;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape' && (desk.panel !== 'none' || desk.call !== undefined)) {
      event.preventDefault();
      if (desk.panel === 'none') desk.hangUp();
      else this.#closePanel();
      return;
    }
    const { target } = event;
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement || !isKey(event.key)) return;
    desk.press(event.key);
  };

  #closePanel(): void {
    const desk = this.#desk;
    const opener = desk.call === undefined ? 'devices' : desk.panel;
    desk.closePanel();
    this.querySelector<HTMLElement>(`#${opener}`)?.focus();
  }
}
