import { createPhone, type Phone } from '@earshot/client';
import { type Words, wordsFor } from '@earshot/client/words';
import { html, LitElement, type nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { asError, CallDesk, isKey, PANEL_FOCUS, type View } from './desk.js';
import { fetchToken, socketUrl } from './gateway.js';
import { styles } from './styles.js';
import { activeView } from './views/active.js';
import { incomingView } from './views/incoming.js';
import { pointerView } from './views/pointer.js';
import { qualityView } from './views/quality.js';
import { startView } from './views/start.js';

/** Where the focus goes when a view comes: never on a button that a held Enter would press. */
const FOCUS: Readonly<Record<View, string>> = {
  idle: '#call',
  ended: '#call',
  incoming: '.incoming',
  active: '.active',
};

/**
 * A call from a page, ready made: `<earshot-call gateway="https://calls.example.com" token-url="/token" to="support">`.
 *
 * Events, all of which bubble: `earshot-call` (detail: the Call), `earshot-state` (detail: its state), `earshot-ended`
 * (detail: the CallEnd). Parts to style: card, head, status, portrait, meters, controls, call, accept, decline, mute,
 * keypad, sound, hang-up, hear, error, pointer.
 */
@customElement('earshot-call')
export class EarshotCall extends LitElement {
  static override readonly styles = styles;

  /** The gateway, as a page or as a WebSocket address. */
  @property() gateway = '';
  /** Answers with `{token}`, or with the token alone. */
  @property({ attribute: 'token-url' }) tokenUrl = '';
  /** Gives a token, instead of `token-url`; asked before every connection. */
  @property({ attribute: false }) token: (() => Promise<string>) | undefined;
  /** A line, a number or a SIP address. Without it the element only takes calls. */
  @property() to = '';
  /** What the person reads about whom they call. */
  @property() label = '';
  @property({ reflect: true }) theme: 'light' | 'dark' | 'auto' = 'auto';
  /** Connects at once, and rings when somebody calls. */
  @property({ type: Boolean }) available = false;
  /** The name to show to whoever is called. */
  @property({ attribute: 'display-name' }) displayName = '';
  /** Words of one's own, instead of those of `lang`. */
  @property({ attribute: false }) words: Words | undefined;
  readonly #desk = new CallDesk(
    this,
    (view) => void this.#focusOn(FOCUS[view]),
    (panel) => void this.#focusOn(PANEL_FOCUS[panel]),
  );

  /** The phone behind the element, once it is connected to the page. */
  get phone(): Phone | undefined {
    return this.#desk.phone;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('keydown', this.#onKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('keydown', this.#onKey);
    this.#desk.detach();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('words') || !this.hasUpdated) {
      this.#desk.words = this.words ?? wordsFor(this.closest('[lang]')?.getAttribute('lang') ?? undefined);
    }
    this.#desk.titles = this.to === '' ? [] : [{ name: this.to, title: this.label || this.to }];
    if (changed.has('gateway') || changed.has('tokenUrl') || changed.has('token') || this.#desk.phone === undefined) {
      this.#open();
    }
    if (changed.has('available') && this.#desk.phone !== undefined) this.#desk.phone.available = this.available;
  }

  protected override render(): TemplateResult {
    const desk = this.#desk;
    return html`
      <section class="card" part="card" aria-label=${this.label || desk.words.label('currentCall')}>
        <div class="status" part="status">
          <p id="state" data-testid="state" role="status" data-state=${desk.stateName}>${desk.said.title}</p>
          <p id="timer" data-testid="timer" role="timer">${desk.timer}</p>
          ${qualityView(desk)}
        </div>
        <div class="view">${this.#view()}</div>
      </section>
      ${pointerView(desk)}
    `;
  }

  #view(): TemplateResult | typeof nothing {
    const desk = this.#desk;
    switch (desk.view) {
      case 'active':
        return activeView(desk);
      case 'incoming':
        return incomingView(desk);
      case 'idle':
      case 'ended':
        return startView(desk, {
          destination: this.to || undefined,
          name: this.label || this.to,
          takesCalls: this.available,
          options: this.displayName === '' ? {} : { displayName: this.displayName },
        });
    }
  }

  #open(): void {
    const { gateway, tokenUrl, token } = this;
    const fetch = token ?? (tokenUrl === '' ? undefined : () => fetchToken(tokenUrl));
    if (fetch === undefined) return;
    try {
      const phone = createPhone({
        url: socketUrl(gateway, document.baseURI),
        token: fetch,
        page: { notifications: this.#desk.notification },
      });
      this.#desk.attach(phone);
      phone.on('call', (call) => {
        this.#tell('earshot-call', call);
        call.on('state', (state) => this.#tell('earshot-state', state));
        call.on('ended', (end) => this.#tell('earshot-ended', end));
      });
      phone.available = this.available;
    } catch (error) {
      this.#desk.refused(asError(error));
    }
  }

  #tell(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  /** Only where the focus was in here: a page may have better use for it. */
  async #focusOn(selector: string): Promise<void> {
    const had = this.shadowRoot?.activeElement != null;
    await this.updateComplete;
    if (had) this.shadowRoot?.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const desk = this.#desk;
    const target = event.composedPath()[0];
    if (desk.call === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape' && desk.panel !== 'none') {
      event.preventDefault();
      this.shadowRoot?.querySelector<HTMLElement>(`#${desk.panel}`)?.focus();
      desk.closePanel();
    } else if (isKey(event.key) && !(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) {
      desk.press(event.key);
    }
  };
}
