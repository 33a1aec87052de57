import { type CallDetails, certainty, type EvidenceRef, type Verdict, whoseProblem } from '@earshot/telemetry';
import { handset, warning } from '@earshot/widget/drawing';
import { html, nothing, type TemplateResult } from 'lit';
import { offset } from '../words/times.js';
import { gathered, headline, qualityWords, type Stop, type Tone, wayOf, whenWords } from '../words/verdict-words.js';
import { browserIcon, gatewayIcon, networkIcon, tick } from './icons.js';

/** What happened, whose problem that was, how sure that is, what shows it, and what to do: before anything else. */
export function verdictCard(details: CallDetails): TemplateResult {
  const { tone, label, sentence } = headline(details);
  const blamed = details.verdicts.filter(({ weight }) => weight !== 'hint');
  const hints = details.verdicts.filter(({ weight }) => weight === 'hint');
  const [first, ...others] = blamed;
  return html`
    <section class="verdict" data-tone=${tone} aria-labelledby="verdict">
      <div class="verdict-head">
        <span class="seal">${tone === 'fault' || tone === 'degraded' ? warning : tone === 'fine' ? tick : handset}</span>
        <div>
          <p class="verdict-label">${label}</p>
          <h2 id="verdict">${sentence}</h2>
          ${first === undefined ? nothing : html`<p class="whose">${whoseProblem(first, details.timeline)}</p>`}
        </div>
      </div>
      ${way(wayOf(details.timeline, first), tone)}
      ${first === undefined ? fine(details) : particulars(first, details)}
      ${others.length === 0 ? nothing : html`<h3>Also</h3>${others.map((verdict) => further(verdict, details))}`}
      ${hints.length === 0 ? nothing : html`<h3>Worth knowing</h3>${hints.map((verdict) => further(verdict, details))}`}
    </section>`;
}

/** The way of the call as a row of places, the one with the problem marked. */
function way(stops: readonly Stop[], tone: Tone): TemplateResult {
  return html`
    <ol class="way" data-tone=${tone} aria-label="The way of the call">
      ${stops.map(
        (stop) => html`
          <li data-kind=${stop.kind} data-marked=${stop.marked ? 'true' : 'false'}>
            <span class="place">${stopIcon(stop)}</span>
            <span class="place-name">${stop.name}</span>
            ${stop.marked ? html`<span class="here">The problem is here</span>` : nothing}
          </li>`,
      )}
    </ol>`;
}

function stopIcon({ kind, browser, marked }: Stop): TemplateResult {
  if (marked) return warning;
  if (kind === 'gateway') return gatewayIcon;
  if (kind === 'network') return networkIcon;
  return browser ? browserIcon : handset;
}

function fine({ record }: CallDetails): TemplateResult | typeof nothing {
  const words = qualityWords(record);
  return words.length === 0
    ? nothing
    : html`<ul class="quality">${words.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
}

function particulars(verdict: Verdict, details: CallDetails): TemplateResult {
  return html`
    <div class="next">
      <div>
        <h3>What the person on the call can do</h3>
        <p>${verdict.next.user}</p>
      </div>
      <div>
        <h3>What you can do</h3>
        <p>${verdict.next.operator}</p>
      </div>
    </div>
    <div class="why">
      <div>
        <h3>How we know</h3>
        ${evidenceList(verdict.evidence, details)}
      </div>
      <dl class="facts">
        <div><dt>How sure</dt><dd>${certainty(verdict.confidence)} <span class="soft">${Math.round(verdict.confidence * 100)}%</span></dd></div>
        <div><dt>When</dt><dd>${whenWords(verdict, details.timeline)}</dd></div>
        <div><dt>Name</dt><dd><code>${verdict.code}</code></dd></div>
      </dl>
    </div>
    ${
      verdict.consequences.length === 0
        ? nothing
        : html`
            <h3>What followed from it</h3>
            <ul class="follows">
              ${verdict.consequences.map(({ text, code }) => html`<li>${text} <code>${code}</code></li>`)}
            </ul>`
    }`;
}

function further(verdict: Verdict, details: CallDetails): TemplateResult {
  const { text, code, next } = verdict;
  return html`
    <details class="further">
      <summary>${text} <code>${code}</code></summary>
      <p>${verdict.weight === 'hint' ? nothing : whoseProblem(verdict, details.timeline)} ${next.operator}</p>
      ${evidenceList(verdict.evidence, details)}
    </details>`;
}

/** Each leads to its entry of the timeline, or to its moment. */
function evidenceList(evidence: readonly EvidenceRef[], { timeline }: CallDetails): TemplateResult {
  return html`
    <ul class="evidence">
      ${gathered(evidence).map(({ entry, at, text, more }) => {
        const ms = Math.round(at - timeline.startedAt);
        const href = entry === undefined ? `#t-${ms}` : `#e-${entry}`;
        const again = more === 0 ? '' : ` And ${more === 1 ? 'once' : `${more} times`} more.`;
        return html`<li><a href=${href}><span class="moment">${offset(ms)}</span><span>${text}${again}</span></a></li>`;
      })}
    </ul>`;
}
