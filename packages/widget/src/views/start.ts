import type { CallOptions } from '@earshot/client';
import { html, nothing, type TemplateResult } from 'lit';
import type { CallDesk } from '../desk.js';
import { again, handset } from '../parts/icons.js';
import { availableView } from './available.js';
import { messageLink } from './fallback.js';
import { problemView } from './problem.js';

export interface Start {
  /** Whom the button calls; undefined where this element only takes calls. */
  readonly destination: string | undefined;
  /** What to call them. */
  readonly name: string;
  readonly options: CallOptions;
  /** Whether this element takes calls as well. */
  readonly takesCalls: boolean;
}

/** Before the first call, and after each: one button, and what happens when it is pressed. */
export function startView(desk: CallDesk, { destination, name, options, takesCalls }: Start): TemplateResult {
  const { ended, words, phone } = desk;
  const target = ended?.destination ?? destination;
  const isReady = phone !== undefined && target !== undefined;
  const dial = (): void => {
    if (target !== undefined) desk.dial(target, options);
  };
  return html`
    <div class="start">
      <div class="stage">
        <div class="portrait" part="portrait" aria-hidden="true">${handset}</div>
        <p class="party">${name}</p>
        <div class="note">${note(desk, isReady ? dial : undefined)}</div>
      </div>
      ${takesCalls ? availableView(desk) : nothing}
      ${
        destination === undefined
          ? nothing
          : html`
            <button id="call" data-testid="call" class="primary" part="call" type="button" ?disabled=${!isReady} @click=${dial}>
              ${ended === undefined ? handset : again}<span>${words.label(ended === undefined ? 'call' : 'callAgain')}</span>
            </button>
          `
      }
    </div>
  `;
}

function note(desk: CallDesk, retry: (() => void) | undefined): TemplateResult {
  const { error, said, words } = desk;
  if (error === undefined) return html`<p class="reason">${said.hint}</p>`;
  const { messageUrl } = desk.offers ?? {};
  return html`${problemView(words, error, retry)}${messageUrl === undefined ? nothing : messageLink(desk, messageUrl)}`;
}
