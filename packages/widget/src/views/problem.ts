import type { EarshotError } from '@earshot/client';
import type { Words } from '@earshot/client/words';
import { html, nothing, type TemplateResult } from 'lit';
import { warning } from '../parts/icons.js';
import { askingElement, onAllowed } from '../parts/user-media.js';

/** Refusals that an element of the browser's own can take back. */
const TAKEN_BACK: ReadonlySet<string> = new Set(['mic.denied_by_user', 'mic.blocked_earlier', 'mic.prompt_dismissed']);

/**
 * A failure with its name, what it means and what to do. `retry`: calls again, where that can be offered.
 */
export function problemView(words: Words, { code, detail }: EarshotError, retry?: () => void): TemplateResult {
  const { title, hint, steps } = words.error(code);
  return html`
    <div id="error" data-testid="error" class="error" part="error" role="alert" data-code=${code}>
      ${warning}
      <div>
        <p class="error-what">${title}</p>
        ${
          steps.length === 0
            ? html`<p class="error-next">${hint}</p>`
            : html`<ol class="error-next">${steps.map((step) => html`<li>${step}</li>`)}</ol>`
        }
        <p class="error-code"><code>${code}</code>${detail === undefined ? nothing : html` <span>${detail}</span>`}</p>
      </div>
    </div>
    ${retry === undefined || !TAKEN_BACK.has(code) ? nothing : allow(words, retry)}
  `;
}

function allow({ locale }: Words, run: () => void): TemplateResult | typeof nothing {
  switch (askingElement()) {
    case 'microphone':
      return html`<microphone id="allow" class="allow" lang=${locale} ${onAllowed(run)}></microphone>`;
    case 'usermedia':
      return html`<usermedia id="allow" class="allow" type="microphone" lang=${locale} ${onAllowed(run)}></usermedia>`;
    case undefined:
      return nothing;
  }
}
