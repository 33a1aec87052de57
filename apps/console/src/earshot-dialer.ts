import type { EarshotError } from '@earshot/client';
import { type Words, wordsFor } from '@earshot/client/words';
import { handset, LightElement } from '@earshot/widget/drawing';
import { problemView } from '@earshot/widget/page';
import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Line } from './page-info.js';

/** Picks whom to call. Fires `call` with the destination, inside the user's gesture. */
@customElement('earshot-dialer')
export class EarshotDialer extends LightElement {
  @property({ attribute: false }) words: Words = wordsFor();
  @property({ attribute: false }) lines: readonly Line[] = [];
  @property({ attribute: false }) error: EarshotError | undefined;
  @property({ type: Boolean }) ready = false;
  @property() destination = '';
  @state() private touched = false;

  protected override willUpdate(): void {
    // One click calls: the first line is picked until somebody picks another.
    if (!this.touched && this.destination === '') this.destination = this.lines[0]?.name ?? '';
  }

  protected override render(): TemplateResult {
    const { words } = this;
    return html`
      <form class="dialer" @submit=${this.#submit}>
        <div class="lines" role="group" aria-label=${words.label('lines')}>${this.#lines()}</div>
        <label class="field">
          <span>${words.label('destination')}</span>
          <input
            id="destination"
            data-testid="destination"
            name="destination"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            enterkeyhint="go"
            maxlength="512"
            .value=${this.destination}
            @input=${this.#type}
          />
        </label>
        <div class="note">
          ${
            this.error === undefined
              ? html`<p class="reason">${words.label('microphoneReason')}</p>`
              : problemView(words, this.error, () => this.#call())
          }
        </div>
        <button id="call" data-testid="call" class="primary" type="submit" ?disabled=${!this.ready || this.destination.trim() === ''}>
          ${handset}<span>${words.label('call')}</span>
        </button>
      </form>
    `;
  }

  #lines(): unknown {
    if (this.lines.length === 0) return nothing;
    return this.lines.map(
      ({ name, title, description }) => html`
        <button
          type="button"
          class="line"
          data-line=${name}
          aria-pressed=${this.destination === name ? 'true' : 'false'}
          @click=${() => this.#pick(name)}
        >
          <strong>${title}</strong><span>${description}</span>
        </button>
      `,
    );
  }

  #pick(name: string): void {
    this.touched = true;
    this.destination = name;
  }

  #type(event: InputEvent): void {
    this.touched = true;
    if (event.target instanceof HTMLInputElement) this.destination = event.target.value;
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    this.#call();
  }

  #call(): void {
    const destination = this.destination.trim();
    if (destination !== '' && this.ready) this.dispatchEvent(new CustomEvent('call', { detail: destination }));
  }
}
