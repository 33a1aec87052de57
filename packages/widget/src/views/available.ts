import { html, type TemplateResult } from 'lit';
import type { CallDesk } from '../desk.js';

/** The switch by which a page waits for calls. Pressing it is the gesture that lets the page ring. */
export function availableView(desk: CallDesk, describedBy = ''): TemplateResult {
  const change = (event: Event): void => {
    if (event.target instanceof HTMLInputElement) desk.wait(event.target.checked);
  };
  return html`
    <label class="switch" for="available">
      <input
        id="available"
        data-testid="available"
        part="available"
        type="checkbox"
        role="switch"
        aria-describedby=${describedBy || 'state'}
        .checked=${desk.phone?.available === true}
        @change=${change}
      />
      <span>${desk.words.label('waitForCalls')}</span>
    </label>
  `;
}
