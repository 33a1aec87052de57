import type { MediaPath } from '@earshot/client';
import type { Words } from '@earshot/client/words';
import { html, type TemplateResult } from 'lit';

/** Which way the audio takes, for the curious. */
export const pathView = (words: Words, path: MediaPath | undefined): TemplateResult => html`
  <dl id="path" data-testid="path" class="path" aria-label=${words.label('path')}>
    ${words.path(path).map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>
`;
