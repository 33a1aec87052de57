import type { Call } from '@earshot/client';
import { html, nothing, type TemplateResult } from 'lit';
import type { CallDesk } from '../desk.js';
import '../parts/earshot-meter.js';
import { hangUp, keypad, microphone, microphoneOff, speaker } from '../parts/icons.js';
import { fallbackView } from './fallback.js';
import { keypadView } from './keypad.js';
import { problemView } from './problem.js';
import { soundView } from './sound.js';

/** The call that is going on: what it waits for, how loud each side is, and what can be done. `more`: what stands below. */
export function activeView(
  desk: CallDesk,
  more: TemplateResult | typeof nothing = nothing,
): TemplateResult | typeof nothing {
  const { call, words } = desk;
  if (call === undefined) return nothing;
  return html`
    <div class="active" role="group" aria-label=${words.label('currentCall')} tabindex="-1">
      <div class="stage">${stage(desk, call)}</div>
      <div class="meters" part="meters">
        <earshot-meter side="microphone" label=${words.label('you')} .call=${call}></earshot-meter>
        <earshot-meter side="remote" label=${words.label('them')} .call=${call}></earshot-meter>
      </div>
      ${more}
      <div class="controls" part="controls">
        <button id="mute" data-testid="mute" class="round" part="mute" type="button" aria-pressed=${call.muted ? 'true' : 'false'} @click=${() => desk.toggleMute()}>
          <span class="disc">${call.muted ? microphoneOff : microphone}</span><span>${words.label('mute')}</span>
        </button>
        ${toggle(desk, 'keypad', keypad)}
        ${toggle(desk, 'sound', speaker)}
        <button id="hangup" data-testid="hangup" class="round danger" part="hang-up" type="button" @click=${() => desk.hangUp()}>
          <span class="disc">${hangUp}</span><span>${words.label('hangUp')}</span>
        </button>
      </div>
    </div>
  `;
}

function toggle(desk: CallDesk, panel: 'keypad' | 'sound', icon: TemplateResult): TemplateResult {
  return html`
    <button
      id=${panel}
      data-testid=${panel}
      class="round"
      part=${panel}
      type="button"
      aria-expanded=${desk.panel === panel ? 'true' : 'false'}
      @click=${() => desk.toggle(panel)}
    >
      <span class="disc">${icon}</span><span>${desk.words.label(panel)}</span>
    </button>
  `;
}

function stage(desk: CallDesk, call: Call): TemplateResult {
  switch (desk.panel) {
    case 'keypad':
      return keypadView(desk);
    case 'sound':
      return soundView(desk);
    case 'none':
      return desk.offers === undefined ? portrait(desk, call) : fallbackView(desk, desk.offers);
  }
}

function portrait(desk: CallDesk, call: Call): TemplateResult {
  const { name, scene } = desk;
  return html`
    <div class="portrait" part="portrait" data-state=${call.state} aria-hidden="true">${initial(name)}</div>
    <p class="party">${name}</p>
    <div class="note">
      <p class="reason" aria-live="polite">${desk.said.hint}</p>
      <p id="countdown" class="countdown">${scene === undefined ? '' : desk.words.countdown(scene)}</p>
      ${desk.problem === undefined ? nothing : problem(desk, desk.problem)}
    </div>
  `;
}

function problem(desk: CallDesk, error: NonNullable<CallDesk['problem']>): TemplateResult {
  if (error.code !== 'playout.autoplay_blocked') return problemView(desk.words, error);
  return html`
    <p class="reason" role="alert">${desk.words.error(error.code).title}</p>
    <button id="hear" data-testid="hear" class="secondary" part="hear" type="button" @click=${() => desk.hear()}>
      ${speaker}<span>${desk.words.label('hear')}</span>
    </button>
  `;
}

const initial = (name: string): string => (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '#').toUpperCase();
