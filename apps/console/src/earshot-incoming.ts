import type { Call } from '@earshot/client';
import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { handset, hangUp } from './icons.js';
import { LightElement } from './light-element.js';

/** Somebody calls this page. */
@customElement('earshot-incoming')
export class EarshotIncoming extends LightElement {
  @property({ attribute: false }) call: Call | undefined;
  @property() name = '';

  protected override render(): TemplateResult | typeof nothing {
    const { call } = this;
    if (call === undefined) return nothing;
    return html`
      <section class="incoming" aria-label="Incoming call" tabindex="-1">
        <div class="portrait ringing" aria-hidden="true">${handset}</div>
        <p class="party">${this.name}</p>
        <p class="party-address">${call.remote.uri}</p>
        <p class="reason">Your browser will ask for the microphone, so that the caller can hear you.</p>
        <div class="controls two">
          <button id="decline" data-testid="decline" class="round danger" type="button" @click=${() => call.reject()}>
            <span class="disc">${hangUp}</span><span>Decline</span>
          </button>
          <button id="accept" data-testid="accept" class="round go" type="button" @click=${() => call.accept()}>
            <span class="disc">${handset}</span><span>Accept</span>
          </button>
        </div>
      </section>
    `;
  }
}
