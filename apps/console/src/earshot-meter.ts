import { html, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { LightElement } from './light-element.js';
import { meterShare } from './words.js';

/** How loud one side is. */
@customElement('earshot-meter')
export class EarshotMeter extends LightElement {
  @property() label = '';
  /** Root mean square, 0 to 1. */
  @property({ type: Number }) level = 0;

  protected override render(): TemplateResult {
    const share = Math.round(meterShare(this.level) * 100);
    return html`
      <span class="meter-label" aria-hidden="true">${this.label}</span>
      <span class="meter-bar" role="meter" aria-label=${this.label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${share}>
        <span class="meter-fill"></span>
      </span>
    `;
  }

  protected override updated(): void {
    // Set through the object model, since the content policy forbids style attributes.
    this.querySelector<HTMLElement>('.meter-fill')?.style.setProperty('--share', String(meterShare(this.level)));
  }
}
