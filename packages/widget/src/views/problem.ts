import type { EarshotError } from '@earshot/client';
import type { Words } from '@earshot/client/words';
import { html, nothing, type TemplateResult } from 'lit';
import { warning } from '../parts/icons.js';
import { allowsMicrophone, offersUserMedia } from '../parts/user-media.js';

/** Refusals that the browser's own element can take back. */
const TAKEN_BACK: ReadonlySet<string> = new Set(['mic.denied_by_user', 'mic.blocked_earlier', 'mic.prompt_dismissed']);

/**
 * A failure with its name, what it means and what to do. `retry`: calls again, where that can be offered.
 */
export function problemView(words: Words, { code, detail }: EarshotError, retry?: () => void): TemplateResult {
  const { title, hint, steps } = words.error(code);
  const takesBack = retry !== undefined && TAKEN_BACK.has(code) && offersUserMedia();
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
    ${takesBack ? html`<usermedia id="allow" class="allow" lang=${words.locale} ${allowsMicrophone(retry)}></usermedia>` : nothing}
  `;
}
