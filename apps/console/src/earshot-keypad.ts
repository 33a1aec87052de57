import { html, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { LightElement } from './light-element.js';

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

export const isKey = (text: string): boolean => KEYS.some(([key]) => key === text);

/** The twelve keys of a phone. Fires `key` with the digit pressed. */
@customElement('earshot-keypad')
export class EarshotKeypad extends LightElement {
  /** What was sent so far. */
  @property() sent = '';

  protected override render(): TemplateResult {
    return html`
      <output class="keypad-sent" aria-label="Keys sent">${this.sent.slice(-18)}</output>
      <div class="keypad-keys" role="group" aria-label="Keypad">
        ${KEYS.map(
          ([key, letters]) => html`
            <button type="button" class="key" data-key=${key} @click=${() => this.#press(key)}>
              <span>${key}</span><small aria-hidden="true">${letters}</small>
            </button>
          `,
        )}
      </div>
    `;
  }

  #press(key: string): void {
    this.dispatchEvent(new CustomEvent('key', { detail: key }));
  }
}
