import { svg, type TemplateResult } from 'lit';

const icon = (shape: TemplateResult): TemplateResult => svg`
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shape}</svg>`;

const HANDSET =
  'M6.6 3.5h2.1c.5 0 .9.3 1 .8l.9 3.4c.1.4 0 .8-.3 1L8.6 10.3a12.5 12.5 0 0 0 5.1 5.1l1.6-1.7c.3-.3.7-.4 1-.3l3.4.9c.5.1.8.5.8 1v2.1a2.1 2.1 0 0 1-2.3 2.1A17.2 17.2 0 0 1 4.5 5.8 2.1 2.1 0 0 1 6.6 3.5z';

export const mark = svg`
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="9" />
    <path d="M9 16v0M13.5 12.5a5 5 0 0 1 0 7M17.5 9.5a9.2 9.2 0 0 1 0 13M21.5 6.5a13.4 13.4 0 0 1 0 19" />
  </svg>`;

export const handset = icon(svg`<path d=${HANDSET} />`);
export const hangUp = icon(svg`<path d=${HANDSET} transform="rotate(135 12 12)" />`);
export const microphone = icon(svg`
  <rect x="9" y="3" width="6" height="11" rx="3" /><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />`);
export const microphoneOff = icon(svg`
  <path d="M15 10.5V6a3 3 0 0 0-5.7-1.3M9 9v2a3 3 0 0 0 4.5 2.6M5.5 11.5a6.5 6.5 0 0 0 10.3 5.3M18.5 11.5c0 .9-.2 1.7-.5 2.5M12 18v3M4 4l16 16" />`);
export const speaker = icon(svg`
  <path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a7.6 7.6 0 0 1 0 11" />`);
export const keypad = icon(svg`
  <path class="dots" d="M6 6v0M12 6v0M18 6v0M6 12v0M12 12v0M18 12v0M6 18v0M12 18v0M18 18v0" />`);
export const warning = icon(svg`<path d="M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v0" />`);
export const close = icon(svg`<path d="M6 6l12 12M18 6 6 18" />`);
export const again = icon(svg`<path d="M19 12a7 7 0 1 1-2.2-5.1M19.5 4v4.2h-4.2" />`);
export const message = icon(svg`<path d="M4.5 5.5h15v11h-8l-4 3.5v-3.5h-3z" />`);
export const arrow = icon(svg`<path d="M20 12H4M10.5 5.5 4 12l6.5 6.5" />`);
export const bars = svg`
  <svg class="bars" viewBox="0 0 16 14" aria-hidden="true" focusable="false">
    <rect x="0" y="9" width="3.2" height="5" rx="1" /><rect x="4.3" y="6" width="3.2" height="8" rx="1" />
    <rect x="8.6" y="3" width="3.2" height="11" rx="1" /><rect x="12.9" y="0" width="3.2" height="14" rx="1" />
  </svg>`;
