import type { Device, DeviceUse } from '@earshot/client';
import { html, nothing, type TemplateResult } from 'lit';
import type { CallDesk } from '../desk.js';

/** Which microphone and which speaker are used, and where it rings where that is asked for. */
export function soundView(desk: CallDesk, uses: readonly DeviceUse[] = ['microphone', 'speaker']): TemplateResult {
  const { devices } = desk.phone ?? {};
  if (devices === undefined) return html`<div class="sound"></div>`;
  const { words } = desk;
  const isNamed = devices.microphones.some(({ label }) => label !== '');
  const noSpeakers = devices.speakers.length === 0;
  return html`
    <div class="sound" part="sound-panel" role="group" aria-label=${words.label('sound')}>
      ${uses.map((use) => (use !== 'microphone' && noSpeakers ? nothing : picker(desk, use, use === 'microphone' ? devices.microphones : devices.speakers)))}
      ${isNamed ? nothing : html`<p class="reason">${words.label('devicesAfterPermission')}</p>`}
      ${noSpeakers ? html`<p class="reason">${words.label('noChoiceOfSpeakers')}</p>` : nothing}
    </div>
  `;
}

function picker(desk: CallDesk, use: DeviceUse, devices: readonly Device[]): TemplateResult {
  const { words } = desk;
  const inUse = desk.phone?.devices.inUse(use) ?? '';
  const kind = use === 'microphone' ? 'microphone' : 'speaker';
  // An entry of Chromium's own, and those that are not named yet: all of them are the choice of the system.
  const named = devices.filter(({ id }) => id !== '' && id !== 'default');
  const choose = (event: Event): void => {
    if (event.target instanceof HTMLSelectElement) desk.useDevice(use, event.target.value);
  };
  return html`
    <label class="field" for=${`${use}-device`}>
      <span>${words.label(use)}</span>
      <select id=${`${use}-device`} data-testid=${`${use}-device`} @change=${choose}>
        <option value="" ?selected=${!named.some(({ id }) => id === inUse)}>${words.label('systemChoice')}</option>
        ${named.map(
          ({ id, label }, index) => html`
            <option value=${id} ?selected=${id === inUse}>${words.device(kind, label, index + 1)}</option>
          `,
        )}
      </select>
    </label>
  `;
}
