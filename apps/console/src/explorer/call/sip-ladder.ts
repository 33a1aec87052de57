import type { CallTimeline, GatewayEvent, LegName } from '@earshot/telemetry';
import { html, nothing, svg, type TemplateResult } from 'lit';
import { rowName } from '../charts/layers.js';
import { offset } from '../words/times.js';

type SipMessage = Extract<GatewayEvent, { type: 'sip.message' }>;

interface Rung {
  readonly entry: number;
  readonly at: number;
  readonly message: SipMessage;
}

/** The messages of one leg of SIP, in order. */
export function rungsOf(timeline: CallTimeline, leg: LegName): readonly Rung[] {
  return timeline.entries.flatMap(({ at, event }, entry) =>
    event.type === 'sip.message' && event.leg === leg ? [{ entry, at, message: event }] : [],
  );
}

/** What a message is called: `INVITE`, `200 OK`. */
export const messageName = ({ method, status, phrase }: SipMessage): string =>
  status === undefined ? method : `${status}${phrase === undefined || phrase === '' ? '' : ` ${phrase}`}`;

/** The ladder of messages between the gateway and each party that speaks SIP. */
export function sipLadder(timeline: CallTimeline): TemplateResult {
  const ladders = (['caller', 'callee'] as const).flatMap((leg) => {
    const rungs = rungsOf(timeline, leg);
    return rungs.length === 0 ? [] : [{ leg, rungs }];
  });
  if (ladders.length === 0) return html`<p class="soft">No message of SIP was seen on this call.</p>`;
  return html`${ladders.map(({ leg, rungs }) => ladder(timeline, leg, rungs))}`;
}

function ladder(timeline: CallTimeline, leg: LegName, rungs: readonly Rung[]): TemplateResult {
  const remote = rungs.find(({ message }) => message.remote !== undefined)?.message.remote;
  const agent = rungs.find(({ message }) => message.direction === 'in' && message.agent !== undefined)?.message.agent;
  const name = rowName(leg, timeline);
  return html`
    <p class="soft">
      Between the gateway and the ${name}${remote === undefined ? nothing : html` at <code>${remote.address}:${remote.port}</code>`}${agent === undefined ? nothing : html`, which calls itself <q>${agent}</q>`}.
    </p>
    <div class="scroll" tabindex="0" role="region" aria-label="Messages of SIP with the ${name}">
      <table class="ladder">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" class="rung-head"><span>Gateway</span><span>${name}</span></th>
            <th scope="col">More</th>
          </tr>
        </thead>
        <tbody>${rungs.map((rung) => rungRow(timeline, rung, name))}</tbody>
      </table>
    </div>`;
}

function rungRow(timeline: CallTimeline, { entry, at, message }: Rung, name: string): TemplateResult {
  const out = message.direction === 'out';
  const tone = message.status === undefined ? 'request' : message.status >= 400 ? 'refusal' : 'answer';
  return html`
    <tr data-again=${message.retransmission ? 'true' : 'false'}>
      <td class="moment"><a href="#e-${entry}">${offset(at - timeline.startedAt)}</a></td>
      <td class="rung" data-tone=${tone} data-out=${out ? 'true' : 'false'}>
        <span class="rung-name">${messageName(message)}${message.status === undefined ? nothing : html` <span class="soft">to ${message.method}</span>`}</span>
        ${ARROW}
        <span class="hidden">${out ? `from the gateway to the ${name}` : `from the ${name} to the gateway`}</span>
      </td>
      <td class="rung-more">${more(message)}</td>
    </tr>`;
}

const ARROW = svg`
  <svg class="arrow" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true">
    <path d="M0 5h200" vector-effect="non-scaling-stroke" />
  </svg>`;

function more({ retransmission, reason, audio }: SipMessage): TemplateResult {
  const words = [
    retransmission ? 'sent again' : '',
    audio === undefined ? '' : `${audio.codecs.join(', ')} (${DIRECTIONS[audio.direction]})`,
    reason ?? '',
  ].filter((text) => text !== '');
  return html`${words.join(' · ')}`;
}

const DIRECTIONS = {
  sendrecv: 'both ways',
  sendonly: 'sends only',
  recvonly: 'listens only',
  inactive: 'silent: on hold',
} as const;
