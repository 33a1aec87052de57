import {
  type Call,
  type CallBackState,
  type CallEnd,
  type CallOptions,
  type ClientSessionState,
  type DeviceUse,
  EarshotError,
  type NotificationText,
  type Phone,
} from '@earshot/client';
import {
  type CallScene,
  formatDuration,
  type LinkState,
  partyName,
  type ReconnectReason,
  type Said,
  type Words,
  wordsFor,
} from '@earshot/client/words';
import type { FallbackPolicy } from '@earshot/signaling';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { Ringer } from './ringer.js';

/** How the last call ended. */
export interface Ended extends Said {
  readonly end: CallEnd;
  /** Whom it went to; undefined for one that came in. */
  readonly destination: string | undefined;
}

/** What is open over the call. */
export type Panel = 'none' | 'keypad' | 'sound';

/** What a person looks at. */
export type View = 'idle' | 'incoming' | 'active' | 'ended';

export interface Title {
  readonly name: string;
  readonly title: string;
}

/** What of a panel is used first. */
export const PANEL_FOCUS: Readonly<Record<Panel, string>> = {
  none: '.active',
  keypad: '.key',
  sound: '.sound select',
};

/** In ms: how often clocks and countdowns are drawn anew. */
const TICK = 250;

const KEYS = /^[0-9*#]$/;

export const isKey = (text: string): boolean => KEYS.test(text);

/**
 * One phone, and one call at a time, as a person sees them. The elements around it only draw: what the call is, what is
 * open, how the last one ended, and what a button does.
 */
export class CallDesk implements ReactiveController {
  words: Words = wordsFor();
  /** Names of destinations for people. */
  titles: readonly Title[] = [];
  readonly ringer = new Ringer();
  readonly #host: ReactiveControllerHost;
  readonly #onView: (view: View) => void;
  readonly #onPanel: (panel: Panel) => void;
  readonly #offs: (() => void)[] = [];
  readonly #callOffs: (() => void)[] = [];
  #clock: ReturnType<typeof setInterval> | undefined;
  #phone: Phone | undefined;
  #link: LinkState = 'loading';
  #linkError: EarshotError | undefined;
  #call: Call | undefined;
  #enteredAt = 0;
  #problem: EarshotError | undefined;
  #ended: Ended | undefined;
  #panel: Panel = 'none';
  #sent = '';
  #offers: FallbackPolicy | undefined;
  #callingBack: 'calling' | 'ringing' | undefined;
  #shown: View = 'idle';

  /** `onView`: another view is drawn from now on; the focus of the one before is gone. `onPanel`: this one is opened. */
  constructor(host: ReactiveControllerHost, onView: (view: View) => void, onPanel: (panel: Panel) => void) {
    this.#host = host;
    this.#onView = onView;
    this.#onPanel = onPanel;
    host.addController(this);
  }

  hostConnected(): void {
    if (this.#call !== undefined) this.#startClock();
  }

  hostDisconnected(): void {
    clearInterval(this.#clock);
    this.ringer.stop();
  }

  get phone(): Phone | undefined {
    return this.#phone;
  }

  get call(): Call | undefined {
    return this.#call;
  }

  get link(): LinkState {
    return this.#link;
  }

  /** Why there is no session, or why the last call failed. */
  get error(): EarshotError | undefined {
    return this.#ended?.end.error ?? this.#linkError;
  }

  /** Something went wrong that the call survives. */
  get problem(): EarshotError | undefined {
    return this.#problem;
  }

  get ended(): Ended | undefined {
    return this.#ended;
  }

  /** What is left while the sound does not come back, and where a message can be left after the call. */
  get offers(): FallbackPolicy | undefined {
    return this.#callingBack === undefined ? this.#offers : undefined;
  }

  get panel(): Panel {
    return this.#panel;
  }

  /** Keys sent in this call. */
  get sent(): string {
    return this.#sent;
  }

  get view(): View {
    const call = this.#call;
    if (call === undefined) return this.#ended === undefined ? 'idle' : 'ended';
    return rings(call) ? 'incoming' : 'active';
  }

  /** For styles and tests: the state of the call, or `idle`, or `ended`. */
  get stateName(): string {
    return this.#call?.state ?? (this.#ended === undefined ? 'idle' : 'ended');
  }

  get name(): string {
    return this.#call === undefined ? '' : partyName(this.#call.remote, this.titles);
  }

  get scene(): CallScene | undefined {
    const call = this.#call;
    if (call === undefined) return undefined;
    const { state, direction, muted, waiting, reconnecting } = call;
    const now = Date.now();
    const until = reconnecting?.until ?? waiting.until;
    return {
      ...{ state, muted, name: this.name, incoming: direction === 'incoming' && rings(call), waiting: waiting.for },
      lasts: now - (reconnecting?.since ?? this.#enteredAt),
      ...(until === undefined ? {} : { left: until - now }),
      reason: reasonOf(call),
      ...(this.#callingBack === undefined ? {} : { callingBack: this.#callingBack }),
    };
  }

  /** What is said of the call, or of its end, or that there is none yet. */
  get said(): Said {
    const { scene } = this;
    if (scene !== undefined) return this.words.call(scene);
    if (this.#ended !== undefined) return this.#ended;
    const title = this.words.idle(this.#phone === undefined ? 'preparing' : 'ready');
    return { title, hint: this.words.label('microphoneReason') };
  }

  /** How long people have talked, as a clock shows it. */
  get timer(): string {
    const since = this.#call?.connectedAt;
    return since === undefined ? '' : formatDuration((Date.now() - since) / 1_000);
  }

  /** What the system notifies of while nobody looks at the page, for `createPhone`. */
  readonly notification = (call: Call): NotificationText => {
    const name = partyName(call.remote, this.titles);
    return { title: this.words.call({ state: 'ringing', incoming: true, name }).title };
  };

  attach(phone: Phone): void {
    this.detach();
    this.#phone = phone;
    this.#link = phone.state;
    this.#offs.push(
      phone.on('state', (link, error) => this.#linkChanged(link, error)),
      phone.on('incoming', (call) => this.#incoming(call)),
      // A call of the page before this one: it goes on here.
      phone.on('call', (call) => call.resumed && this.#take(call)),
      phone.devices.on('change', () => this.#host.requestUpdate()),
      phone.devices.follow('ringer', (deviceId) => this.ringer.useDevice(deviceId)),
    );
    this.#host.requestUpdate();
  }

  detach(): void {
    for (const off of this.#offs.splice(0)) off();
    this.#phone?.disconnect();
    this.#phone = undefined;
    this.#link = 'loading';
  }

  /** There is no phone to be had. */
  refused(error: EarshotError): void {
    this.#link = 'closed';
    this.#linkError = error;
    this.#host.requestUpdate();
  }

  /** Must run inside the user's gesture. */
  dial(destination: string, options: CallOptions = {}): void {
    if (this.#phone === undefined || this.#call !== undefined) return;
    this.ringer.unlock();
    this.#take(this.#phone.call(destination, options));
  }

  accept(): void {
    this.#call?.accept();
  }

  /** Ends the call, whatever it has come to; an incoming one that rings is declined. */
  hangUp(): void {
    this.#call?.hangUp();
  }

  toggleMute(): void {
    if (this.#call?.muted === true) this.#call.unmute();
    else this.#call?.mute();
  }

  /** Opens a panel, or closes it where it is open. */
  toggle(panel: Exclude<Panel, 'none'>): void {
    this.#panel = this.#panel === panel ? 'none' : panel;
    if (this.#panel === 'sound') void this.#phone?.devices.refresh();
    this.#host.requestUpdate();
    if (this.#panel !== 'none') this.#onPanel(this.#panel);
  }

  /** '' is the choice of the system. */
  useDevice(use: DeviceUse, deviceId: string): void {
    const { devices } = this.#phone ?? {};
    if (use === 'speaker') devices?.useSpeaker(deviceId);
    else if (use === 'ringer') devices?.useRinger(deviceId);
    else devices?.useMicrophone(deviceId).catch((error: unknown) => this.#trouble(asError(error)));
  }

  closePanel(): void {
    this.#panel = 'none';
    this.#host.requestUpdate();
  }

  /** Waits for calls, or stops to. Inside a user's gesture, which lets the page ring. */
  wait(available: boolean): void {
    this.ringer.unlock();
    if (this.#phone !== undefined) this.#phone.available = available;
    if (available) void this.#phone?.askForNotifications();
    this.#host.requestUpdate();
  }

  press(key: string): void {
    if (this.#call === undefined) return;
    try {
      this.#call.sendDtmf(key);
      this.#sent += key;
      this.#host.requestUpdate();
    } catch {
      // Keys before there is audio go nowhere, as on any phone.
    }
  }

  /** Looks for another way at once. */
  tryAgain(): void {
    this.#phone?.checkConnection();
    void this.#call?.restartIce();
  }

  /** At this number, or one that the gateway knows. */
  callMeBack(number: string | undefined): void {
    this.#callingBack = 'calling';
    this.#problem = undefined;
    this.#call?.callMeBack(number);
    this.#host.requestUpdate();
  }

  /** Must run inside a user's gesture. */
  hear(): void {
    this.#problem = undefined;
    void this.#call?.resumePlayout();
    this.#host.requestUpdate();
  }

  /** Back to the beginning: what was said of the last call is read. */
  forget(): void {
    this.#ended = undefined;
    this.#changed();
  }

  #linkChanged(link: ClientSessionState, error: EarshotError | undefined): void {
    this.#link = link;
    this.#linkError = link === 'closed' ? error : undefined;
    this.#host.requestUpdate();
  }

  #incoming(call: Call): void {
    if (this.#call !== undefined) {
      call.reject('busy');
      return;
    }
    this.ringer.start();
    this.#take(call);
  }

  #take(call: Call): void {
    this.#ended = undefined;
    this.#problem = undefined;
    this.#panel = 'none';
    this.#sent = '';
    this.#offers = this.#callingBack = undefined;
    this.#call = call;
    this.#callOffs.push(
      call.on('state', () => this.#enter(call)),
      call.on('mute', () => this.#host.requestUpdate()),
      call.on('path', () => this.#host.requestUpdate()),
      call.on('quality', () => this.#host.requestUpdate()),
      call.on('fallback', (policy) => this.#offer(policy)),
      call.on('callback', (state, error) => this.#calledBack(state, error)),
      call.on('ended', (end) => this.#over(call, end)),
      call.on('error', (error) => this.#trouble(error)),
    );
    this.#startClock();
    this.#enter(call);
  }

  #enter(call: Call): void {
    this.#enteredAt = Date.now();
    if (!rings(call)) this.ringer.stop();
    if (call.state === 'connected') this.#offers = this.#callingBack = undefined;
    this.#changed();
  }

  /** Over whatever is open: nobody presses keys that go nowhere. */
  #offer(policy: FallbackPolicy): void {
    this.#offers = policy;
    this.#panel = 'none';
    this.#host.requestUpdate();
  }

  #calledBack(state: CallBackState, error: EarshotError | undefined): void {
    this.#callingBack = state === 'calling' || state === 'ringing' ? state : undefined;
    if (error !== undefined) this.#problem = error;
    this.#host.requestUpdate();
  }

  #trouble(error: EarshotError): void {
    if (error.code.startsWith('call.callback_')) this.#callingBack = undefined;
    // The hint of this state says it already, and for as long as it is true.
    if (error.code === 'mic.prompt_ignored') return;
    this.#problem = error;
    this.#host.requestUpdate();
  }

  #over(call: Call, end: CallEnd): void {
    this.ringer.stop();
    clearInterval(this.#clock);
    for (const off of this.#callOffs.splice(0)) off();
    const talked = call.connectedAt === undefined ? undefined : (Date.now() - call.connectedAt) / 1_000;
    const destination = call.direction === 'outgoing' ? call.remote.uri : undefined;
    this.#ended = { ...this.words.ended(end, talked), end, destination };
    this.#call = undefined;
    this.#panel = 'none';
    this.#changed();
  }

  #startClock(): void {
    clearInterval(this.#clock);
    this.#clock = setInterval(() => this.#host.requestUpdate(), TICK);
  }

  #changed(): void {
    this.#host.requestUpdate();
    const { view } = this;
    if (view === this.#shown) return;
    this.#shown = view;
    this.#onView(view);
  }
}

const rings = (call: Call): boolean => call.direction === 'incoming' && call.state === 'ringing';

/** Why the call reconnects, by what a person can do about it. */
function reasonOf({ reconnecting, resumed, path }: Call): ReconnectReason {
  if (!navigator.onLine) return 'offline';
  if (resumed && path === undefined) return 'reload';
  return reconnecting?.reason ?? 'unknown';
}

/** Whatever was thrown where a phone should have come from. */
export const asError = (thrown: unknown): EarshotError =>
  thrown instanceof EarshotError ? thrown : new EarshotError('signaling.ws_unreachable');
