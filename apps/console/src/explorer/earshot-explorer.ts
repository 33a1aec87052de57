import { html, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { LightElement } from '../light-element.js';

/** The operators' pages. */
@customElement('earshot-explorer')
export class EarshotExplorer extends LightElement {
  protected override render(): TemplateResult {
    return html`<main><h1>Calls</h1></main>`;
  }
}
