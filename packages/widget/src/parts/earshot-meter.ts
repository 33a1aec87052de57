import type { Call } from '@earshot/client';
import { meterShare } from '@earshot/client/words';
import { html, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { LightElement } from './light-element.js';

/** How loud one side of a call is. */
@customElement('earshot-meter')
export class EarshotMeter extends LightElement {
  @property() label = '';
  @property() side: 'microphone' | 'remote' = 'microphone';
  @property({ attribute: false }) call: Call | undefined;
  #off: (() => void) | undefined;
  #level = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#listen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#off?.();
    this.#off = undefined;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('call')) this.#listen();
  }

  protected override render(): TemplateResult {
    return html`
      <span class="meter-label" aria-hidden="true">${this.label}</span>
      <span class="meter-bar" role="meter" aria-label=${this.label} aria-valuemin="0" aria-valuemax="100" aria-valuenow="0">
        <span class="meter-fill"></span>
      </span>
    `;
  }

  protected override updated(): void {
    this.#show(this.#level);
  }

  #listen(): void {
    this.#off?.();
    this.#off = this.call?.on('levels', (levels) => this.#show(levels[this.side]));
  }

  /** Many times a second: past the templates, and through the object model, since policies forbid style attributes. */
  #show(level: number): void {
    this.#level = level;
    const share = meterShare(level);
    this.querySelector('.meter-bar')?.setAttribute('aria-valuenow', String(Math.round(share * 100)));
    this.querySelector<HTMLElement>('.meter-fill')?.style.setProperty('--share', String(share));
  }
}
