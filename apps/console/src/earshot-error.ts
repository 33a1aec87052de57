import type { EarshotError } from '@earshot/client';
import { wordsOf } from '@earshot/client/words';
import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { warning } from './icons.js';
import { LightElement } from './light-element.js';

/** A failure with its name, what it means and what to do. */
@customElement('earshot-error')
export class EarshotErrorNote extends LightElement {
  @property({ attribute: false }) error: EarshotError | undefined;

  protected override render(): TemplateResult | typeof nothing {
    const { error } = this;
    if (error === undefined) return nothing;
    return html`
      <div id="error" data-testid="error" class="error" role="alert" data-code=${error.code}>
        ${warning}
        <div>
          <p class="error-what">${wordsOf(error.code).what}</p>
          <p class="error-next">${wordsOf(error.code).next}</p>
          <p class="error-code"><code>${error.code}</code>${error.detail === undefined ? nothing : html` <span>${error.detail}</span>`}</p>
        </div>
      </div>
    `;
  }
}
