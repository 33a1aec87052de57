import { html, nothing, type TemplateResult } from 'lit';
import type { CallDesk } from '../desk.js';
import { bars } from '../parts/icons.js';

/** How it sounds now, as bars and as a word. It keeps its place before there is anything to tell. */
export function qualityView(desk: CallDesk): TemplateResult {
  const { call, words } = desk;
  const level = call?.quality?.level;
  const { title, hint } = words.quality(level ?? 'unknown');
  return html`
    <p id="quality" data-testid="quality" class="quality" part="quality" data-level=${level ?? 'unknown'}>
      ${
        level === undefined
          ? nothing
          : html`${bars}<span class="hidden">${words.label('quality')}: </span><span>${title}</span><span class="hidden">. ${hint}</span>`
      }
    </p>
  `;
}
