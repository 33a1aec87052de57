import { html, nothing, type TemplateResult } from 'lit';
import type { CallDesk } from '../desk.js';
import { handset, hangUp } from '../parts/icons.js';

/** Somebody calls this page. */
export function incomingView(desk: CallDesk): TemplateResult | typeof nothing {
  const { call, words } = desk;
  if (call === undefined) return nothing;
  return html`
    <div class="incoming" role="group" aria-label=${words.label('incomingCall')} tabindex="-1">
      <div class="stage">
        <div class="portrait ringing" aria-hidden="true">${handset}</div>
        <p class="party">${desk.name}</p>
        <p class="party-address">${call.remote.uri}</p>
        <p class="reason">${words.label('callerReason')}</p>
      </div>
      <div class="controls two">
        <button id="decline" data-testid="decline" class="round danger" part="decline" type="button" @click=${() => desk.hangUp()}>
          <span class="disc">${hangUp}</span><span>${words.label('decline')}</span>
        </button>
        <button id="accept" data-testid="accept" class="round go" part="accept" type="button" @click=${() => desk.accept()}>
          <span class="disc">${handset}</span><span>${words.label('accept')}</span>
        </button>
      </div>
    </div>
  `;
}
