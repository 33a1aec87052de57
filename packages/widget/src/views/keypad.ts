import { html, type TemplateResult } from 'lit';
import type { CallDesk } from '../desk.js';

const KEYS = [
  ['1', ''],
  ['2', 'ABC'],
  ['3', 'DEF'],
  ['4', 'GHI'],
  ['5', 'JKL'],
  ['6', 'MNO'],
  ['7', 'PQRS'],
  ['8', 'TUV'],
  ['9', 'WXYZ'],
  ['*', ''],
  ['0', '+'],
  ['#', ''],
] as const;

/** The twelve keys of a phone, and what was sent so far. */
export function keypadView(desk: CallDesk): TemplateResult {
  const { words } = desk;
  return html`
    <div class="keypad" part="keypad">
      <output class="keypad-sent" aria-label=${words.label('keysSent')}>${desk.sent.slice(-18)}</output>
      <div class="keypad-keys" role="group" aria-label=${words.label('keypad')}>
        ${KEYS.map(
          ([key, letters]) => html`
            <button type="button" class="key" data-key=${key} @click=${() => desk.press(key)}>
              <span>${key}</span><small aria-hidden="true">${letters}</small>
            </button>
          `,
        )}
      </div>
    </div>
  `;
}
