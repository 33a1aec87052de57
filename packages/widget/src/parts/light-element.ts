import { LitElement } from 'lit';

/**
 * Renders into the page itself rather than a shadow tree: labels, ids and live regions reach across components, and
 * one style sheet, allowed by a strict content policy, dresses them all.
 */
export class LightElement extends LitElement {
  protected override createRenderRoot(): this {
    return this;
  }
}
