import { html, nothing, type TemplateResult } from 'lit';
import type { CallDesk } from '../desk.js';
import { arrow } from '../parts/icons.js';
import { shownOnTop } from '../parts/prompt-pointer.js';

/** In ms. Where the microphone was allowed before, no question comes up, and none is pointed at. */
const SETTLED = 600;

/** Points at the question of the browser, where that hangs at a corner of this window. */
export function pointerView(desk: CallDesk): TemplateResult | typeof nothing {
  const { scene, words } = desk;
  const prompt = words.prompt(scene?.lasts);
  // A frame cannot point out of itself.
  if (prompt.place === 'over' || globalThis.top !== globalThis.self) return nothing;
  const shown = scene?.state === 'microphone' && (scene.lasts ?? 0) >= SETTLED;
  return html`
    <div class="pointer" part="pointer" data-place=${prompt.place} popover="manual" aria-hidden="true" ${shownOnTop(shown)}>
      ${arrow}<span>${words.call({ state: 'microphone' }).title}</span>
    </div>
  `;
}
