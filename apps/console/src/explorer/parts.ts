import type { CauseFacts } from '@earshot/telemetry';
import { warning } from '@earshot/widget/drawing';
import { html, nothing, type TemplateResult } from 'lit';
import type { ApiError } from './api.js';
import { causeName } from './words/call-words.js';

/** A question to the server that failed. What was known before stays above it. */
export const problem = (error: ApiError | undefined): TemplateResult | typeof nothing =>
  error === undefined
    ? nothing
    : html`
        <div class="error" role="alert">
          ${warning}
          <div>
            <p class="error-what">${error.what}</p>
            <p>${error.next} <code>${error.code}</code></p>
          </div>
        </div>`;

const WEIGHTS: Readonly<Record<CauseFacts['weight'], string>> = {
  fault: 'Fault',
  degraded: 'Degraded',
  hint: 'Hint',
};

/** What was wrong with a call: weight, words, and the code small beside it. */
export const causeBadge = (cause: CauseFacts | undefined, result?: string): TemplateResult =>
  cause === undefined
    ? result === 'failed' || result === 'unfinished'
      ? html`<span class="badge" data-tone="degraded">No cause found</span>`
      : html`<span class="badge" data-tone="fine">Nothing wrong</span>`
    : html`
        <span class="badge" data-tone=${cause.weight}>${WEIGHTS[cause.weight]}</span>
        <span class="cause">${causeName(cause.code)} <code>${cause.code}</code></span>`;

/** Lines that hold the place of a table while it loads. */
export const placeholder = (lines: number): TemplateResult => html`
  <div class="placeholder" aria-hidden="true">${Array.from({ length: lines }, () => html`<div></div>`)}</div>`;
