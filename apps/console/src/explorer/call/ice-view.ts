import {
  type CallTimeline,
  type CandidateFacts,
  explainAll,
  type LegName,
  type Reach,
  type TriedWay,
} from '@earshot/telemetry';
import { html, nothing, type TemplateResult } from 'lit';
import { offset } from '../words/times.js';

const OUTCOMES: Readonly<Record<TriedWay['outcome'], string>> = {
  used: 'carried the sound',
  ready: 'would have worked',
  refused: 'was refused',
  failed: 'could not be connected',
  silent: 'got no answer',
  unheard: 'did not reach the gateway',
};

const KINDS: Readonly<Record<CandidateFacts['type'], string>> = {
  host: 'its own address',
  srflx: 'as seen from outside',
  prflx: 'as seen by the other end',
  relay: 'on a relay',
};

/** By which way each browser reached the gateway: ways that were tried, its addresses, and the pairs that carried. */
export function iceView(timeline: CallTimeline): TemplateResult {
  const reached = explainAll(timeline);
  if (reached.length === 0) return html`<p class="soft">No browser was on this call.</p>`;
  return html`${reached.map((reach) => leg(timeline, reach))}`;
}

function leg(timeline: CallTimeline, { leg: name, summary, tried }: Reach): TemplateResult {
  return html`
    <div class="reach">
      <h3>The ${name}’s browser</h3>
      <p>${summary}</p>
      ${
        tried.length === 0
          ? nothing
          : html`
              <div class="scroll" tabindex="0" role="region" aria-label="Ways that the ${name} tried">
                <table class="plain">
                  <caption>Ways that were tried</caption>
                  <thead><tr><th scope="col">Way</th><th scope="col">By</th><th scope="col">It</th><th scope="col">Seen at</th></tr></thead>
                  <tbody>${tried.map((way) => triedRow(timeline, way))}</tbody>
                </table>
              </div>`
      }
      ${candidates(timeline, name)}
      ${pairs(timeline, name)}
    </div>`;
}

const triedRow = (
  timeline: CallTimeline,
  { via, transport, server, outcome, code, entries }: TriedWay,
): TemplateResult => html`
  <tr data-outcome=${outcome}>
    <th scope="row">${via === 'direct' ? 'Directly' : html`Through the relay <code>${server ?? ''}</code>`}</th>
    <td>${transport.toUpperCase()}</td>
    <td>${OUTCOMES[outcome]}${code === undefined ? nothing : html` <code>${code}</code>`}</td>
    <td>${references(timeline, entries)}</td>
  </tr>`;

const MOST_REFERENCES = 4;

const references = (timeline: CallTimeline, entries: readonly number[]): TemplateResult[] =>
  entries.slice(0, MOST_REFERENCES).map((entry) => {
    const at = timeline.entries[entry]?.at;
    return html`<a class="moment" href="#e-${entry}">${at === undefined ? `#${entry}` : offset(at - timeline.startedAt)}</a> `;
  });

const place = ({ address, port }: CandidateFacts): string =>
  address === undefined ? 'hidden' : port === undefined ? address : `${address}:${port}`;

/** Bounded: a browser that restarts often names the same addresses again. */
const MOST_CANDIDATES = 64;

function candidates(timeline: CallTimeline, name: LegName): TemplateResult | typeof nothing {
  const own = new Map<string, CandidateFacts>();
  for (const entry of timeline.entries) {
    if (entry.source !== 'browser' || entry.leg !== name || entry.event.type !== 'ice.candidate') continue;
    const { candidate } = entry.event;
    const key = `${candidate.type} ${candidate.protocol} ${candidate.relayProtocol} ${place(candidate)}`;
    if (own.size < MOST_CANDIDATES) own.set(key, candidate);
  }
  if (own.size === 0) return nothing;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Addresses of the ${name}">
      <table class="plain">
        <caption>Addresses it offered (candidates)</caption>
        <thead><tr><th scope="col">Address</th><th scope="col">Kind</th><th scope="col">By</th></tr></thead>
        <tbody>
          ${[...own.values()].map(
            (candidate) => html`
              <tr>
                <th scope="row"><code>${place(candidate)}</code></th>
                <td>${KINDS[candidate.type]} <code>${candidate.type}</code></td>
                <td>${(candidate.relayProtocol ?? candidate.protocol).toUpperCase()}${candidate.url === undefined ? nothing : html` <code>${candidate.url}</code>`}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function pairs(timeline: CallTimeline, name: LegName): TemplateResult | typeof nothing {
  const rows = timeline.entries.flatMap((entry, index) => {
    if (entry.source !== 'browser' || entry.leg !== name || entry.event.type !== 'ice.pair') return [];
    const { local, remote, roundTripMs } = entry.event;
    return [
      html`
        <tr>
          <th scope="row"><a class="moment" href="#e-${index}">${offset(entry.at - timeline.startedAt)}</a></th>
          <td><code>${place(local)}</code> ${KINDS[local.type]}</td>
          <td><code>${place(remote)}</code></td>
          <td>${roundTripMs === undefined ? '–' : `${Math.round(roundTripMs)} ms`}</td>
        </tr>`,
    ];
  });
  if (rows.length === 0) return nothing;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Pairs that carried the sound of the ${name}">
      <table class="plain">
        <caption>Pairs that carried the sound</caption>
        <thead><tr><th scope="col">From</th><th scope="col">The browser’s end</th><th scope="col">The gateway’s end</th><th scope="col">There and back</th></tr></thead>
        <tbody>${rows.slice(0, MOST_CANDIDATES)}</tbody>
      </table>
    </div>`;
}
