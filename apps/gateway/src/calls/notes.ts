import type { Route } from '@earshot/calls';
import type { GatewayEvent, LegName } from '@earshot/telemetry';
import { type CallWatch, iceSettingsEvent } from '../timeline/index.js';
import { BrowserLeg } from './browser-leg.js';
import type { Callee } from './callees.js';
import type { MediaPort } from './engine.js';
import type { Leg } from './leg.js';

/** By which way a call goes. `lines`: the routes of built-in lines, to which calls stay here. */
export function routeEvent(caller: Leg, { leg, route, trunk, target }: Callee, lines: readonly Route[]): GatewayEvent {
  const isLine = lines.some((line) => line.match === route && line.target === target);
  const staysHere = isLine || leg instanceof BrowserLeg;
  return {
    type: 'call.route',
    direction: !(caller instanceof BrowserLeg) ? 'inbound' : staysHere ? 'internal' : 'outbound',
    ...(route === undefined ? {} : { route }),
    ...(trunk === undefined ? {} : { trunk }),
  };
}

/** What a browser knows of its way to us when it begins to try. */
export function noteSettings(watch: CallWatch, name: LegName, leg: Leg, media: MediaPort, dialled?: string): void {
  if (!(leg instanceof BrowserLeg)) return;
  const { ice } = leg.session;
  if (ice !== undefined) watch.note(iceSettingsEvent(name, ice, dialled));
  watch.note({ type: 'ice.advertised', leg: name, candidates: media.candidates });
}
