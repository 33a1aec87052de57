import { svg, type TemplateResult } from 'lit';

const icon = (shape: TemplateResult): TemplateResult => svg`
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shape}</svg>`;

export const browserIcon = icon(
  svg`<rect x="3" y="5" width="18" height="12" rx="2" /><path d="M8.5 20.5h7M12 17v3.5" />`,
);
export const gatewayIcon = icon(svg`
  <rect x="4" y="4" width="16" height="7" rx="2" /><rect x="4" y="13" width="16" height="7" rx="2" /><path d="M8 7.5v0M8 16.5v0M12 7.5h4M12 16.5h4" />`);
export const networkIcon = icon(svg`
  <path d="M7.5 18.5a4.5 4.5 0 0 1-.6-8.9 5.5 5.5 0 0 1 10.6 1.2 3.9 3.9 0 0 1-.5 7.7z" />`);
export const tick = icon(svg`<path d="M5 12.5l4.5 4.5L19 7.5" />`);
