import type { FallbackPolicy } from '@earshot/signaling';
import { html, nothing, type TemplateResult } from 'lit';
import type { CallDesk } from '../desk.js';
import { again, handset, message } from '../parts/icons.js';

/** The sound does not come back by itself: what is left. */
export function fallbackView(desk: CallDesk, offers: FallbackPolicy): TemplateResult {
  const { words } = desk;
  const said = words.fallback({ callBack: offers.callBack, message: offers.messageUrl !== undefined });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const number = event.target instanceof HTMLFormElement ? new FormData(event.target).get('number') : null;
    desk.callMeBack(typeof number === 'string' && number.trim() !== '' ? number.trim() : undefined);
  };
  return html`
    <div class="fallback" part="fallback" role="group" aria-label=${said.title}>
      <p class="fallback-title" role="alert">${said.title}</p>
      <p class="reason">${said.hint}</p>
      ${desk.problem === undefined ? nothing : html`<p class="reason trouble" role="alert">${words.error(desk.problem.code).title}</p>`}
      ${offers.callBack ? callBackForm(desk, submit) : nothing}
      <div class="choices">
        <button id="try-again" data-testid="try-again" class="secondary" part="try-again" type="button" @click=${() => desk.tryAgain()}>
          ${again}<span>${words.label('tryAgain')}</span>
        </button>
        ${offers.messageUrl === undefined ? nothing : messageLink(desk, offers.messageUrl)}
      </div>
    </div>
  `;
}

function callBackForm(desk: CallDesk, submit: (event: SubmitEvent) => void): TemplateResult {
  const { words } = desk;
  return html`
    <form class="call-back" @submit=${submit}>
      <label class="field" for="number">
        <span>${words.label('yourNumber')}</span>
        <input id="number" data-testid="number" name="number" type="tel" autocomplete="tel" maxlength="64" enterkeyhint="go" />
      </label>
      <button id="call-back" data-testid="call-back" class="secondary" part="call-back" type="submit">
        ${handset}<span>${words.label('callMeBack')}</span>
      </button>
    </form>
  `;
}

/** Where a message can be left; a new tab, since the call goes on in this one. */
export function messageLink(desk: CallDesk, url: string): TemplateResult {
  return html`
    <a id="message" data-testid="message" class="secondary" part="message" href=${url} target="_blank" rel="noopener">
      ${message}<span>${desk.words.label('leaveMessage')}</span>
    </a>
  `;
}
