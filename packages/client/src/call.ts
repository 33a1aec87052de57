import { type CallState, type Fault, fault, type Millis } from '@earshot/base';
import type {
  CallId,
  CallReport,
  ClientMessage,
  MediaDirection,
  Party,
  Quality,
  ServerMessage,
} from '@earshot/signaling';
import type { CallContext, CallEnd, CallEvents, CallOptions, CallStats, Waiting } from './call-events.js';
import { CallMicrophone } from './call-microphone.js';
import { type ClientCallState, clientCallState, type OngoingState, UNANSWERED } from './call-state.js';
import type { PermissionStep } from './devices/permission.js';
import { EarshotError, unexpected } from './earshot-error.js';
import { Emitter } from './emitter.js';
import type { Note } from './evidence/evidence.js';
import { optional } from './evidence/printable.js';
import { Witness } from './evidence/witness.js';
import { Interruption, type Reconnecting } from './interruption.js';
import type { KeptCall, TakenUp } from './lifecycle/keepsake.js';
import type { AudioConnection } from './media/audio-connection.js';
import type { CallIce } from './media/ice-settings.js';
import { Monitor } from './media/monitor.js';
import { PathKeeper } from './media/path-keeper.js';
import { MicrophoneSending } from './media/sending.js';
import { type MediaPath, reportOfPath } from './media/stats.js';
import { Milestones } from './milestones.js';
import { Playout } from './playout.js';

/** One call, outgoing or incoming, from the first click to the release of everything it held. */
export class Call extends Emitter<CallEvents> {
  readonly id: CallId;
  readonly direction: 'outgoing' | 'incoming';
  /** Whom this call goes to, as it was asked for, or who calls. */
  readonly remote: Party;
  /** The page was loaded anew while the call went on, and took it up again. */
  readonly resumed: boolean;
  readonly #context: CallContext;
  readonly #offer: string | undefined;
  readonly #milestones: Milestones;
  readonly #witness: Witness;
  readonly #playout: Playout;
  readonly #microphone: CallMicrophone;
  readonly #interruption: Interruption;
  #keeper: PathKeeper | undefined;
  #renewedIce: CallIce | undefined;
  #monitor: Monitor | undefined;
  #quality: Quality | undefined;
  #sending: MicrophoneSending | undefined;
  #server: OngoingState | undefined;
  #wanted: boolean;
  #told: boolean;
  #answered = false;
  #leaving = false;
  #mediaLost = false;
  #state: ClientCallState;
  #end: CallEnd | undefined;
  #waiting: Waiting = { for: [], until: undefined };
  #connectedAt: Millis | undefined;
  #wishes: MediaTrackConstraints;
  #stats: CallStats = { browser: undefined, near: undefined, far: undefined };

  /** `offer`: the gateway's SDP, for an incoming call. `taken`: a call of the page before. */
  constructor(context: CallContext, remote: Party, offer?: string, taken?: TakenUp) {
    super();
    this.#context = context;
    this.id = context.callId;
    this.remote = remote;
    this.direction = taken?.direction ?? (offer === undefined ? 'outgoing' : 'incoming');
    this.resumed = taken !== undefined;
    this.#offer = offer;
    this.#wanted = offer === undefined;
    this.#told = this.resumed;
    this.#connectedAt = taken?.connectedAt;
    this.#wishes = taken?.microphone ?? {};
    this.#milestones = new Milestones(() => context.browser.now(), taken?.startedAt);
    this.#server = this.resumed ? 'reconnecting' : undefined;
    this.#state = this.resumed ? 'reconnecting' : this.#wanted ? 'microphone' : 'ringing';
    this.#interruption = new Interruption(context.browser, () =>
      this.emit('fallback', context.fallback() ?? { callBack: false }),
    );
    this.#interruption.follow(this.resumed);
    this.#witness = new Witness(context, this.#milestones.startedAt);
    this.#microphone = new CallMicrophone(context.browser, context.devices, this.#witness, {
      opened: () => {
        this.#milestones.reach('microphoneMs');
        this.#refresh();
      },
      permission: (step) => {
        this.emit('permission', step);
        this.#refresh();
      },
      switched: (why) => {
        const { microphoneStream } = this;
        if (microphoneStream !== undefined) this.#monitor?.measure(microphoneStream);
        // After a phone call on iOS what was played stands still as well.
        if (why.reason === 'recovered') void this.resumePlayout();
        this.emit('microphone', why);
      },
      trouble: (error) => this.emit('error', error),
    });
    if (taken?.muted === true) this.#microphone.setMuted(true);
    this.#playout = new Playout(context, this.#witness.note, (error) => this.emit('error', error));
  }

  get state(): ClientCallState {
    return this.#state;
  }

  /** Set once the call has ended. */
  get end(): CallEnd | undefined {
    return this.#end;
  }

  /** Why, and since when, there is no sound; undefined while there is. */
  get reconnecting(): Reconnecting | undefined {
    const { since } = this.#interruption;
    if (since === undefined) return undefined;
    const reason = this.#keeper?.isChanged === true ? 'network' : this.#context.isConnected() ? 'silence' : 'service';
    return { reason, since, until: this.#waiting.until };
  }

  get waiting(): Waiting {
    return this.#waiting;
  }

  /** When audio was first confirmed in both directions, by this browser's clock. */
  get connectedAt(): Millis | undefined {
    return this.#connectedAt;
  }

  get path(): MediaPath | undefined {
    return this.#keeper?.path;
  }

  /** How it sounds at both ends; undefined before that can be told. */
  get quality(): Quality | undefined {
    return this.#quality;
  }

  get stats(): CallStats {
    return this.#stats;
  }

  /** Milestones since the call was asked for. */
  get report(): CallReport {
    return this.#milestones.report;
  }

  get muted(): boolean {
    return this.#microphone.muted;
  }

  /** How the question for the microphone went last. */
  get permission(): PermissionStep | undefined {
    return this.#microphone.permission;
  }

  get microphoneStream(): MediaStream | undefined {
    return this.#microphone.stream;
  }

  get remoteStream(): MediaStream | undefined {
    return this.#keeper?.audio.remote;
  }

  /** Begins an outgoing call. Must run inside the user's gesture: the microphone is asked for before it returns. */
  start(options: CallOptions): void {
    void this.#establish(options, async (audio, microphone) => {
      const sdp = await audio.offer(microphone);
      const displayName = optional('displayName', options.displayName);
      this.#milestones.reach('offerMs');
      this.#tell({ type: 'call.start', callId: this.id, to: this.remote.uri, sdp, ...displayName });
    });
  }

  /** Takes an incoming call. Must run inside the user's gesture. */
  accept(options: CallOptions = {}): void {
    const offer = this.#offer;
    if (offer === undefined || this.#wanted || this.#end !== undefined) return;
    this.#wanted = true;
    this.#witness.evidence.open();
    this.#refresh();
    void this.#establish(options, async (audio, microphone) => {
      const sdp = await audio.answer(offer, microphone);
      this.#answered = true;
      this.#milestones.reach('answerMs');
      this.#tell({ type: 'call.accept', callId: this.id, sdp });
      this.#keeper?.answered();
    });
  }

  reject(reason: 'busy' | 'declined' = 'declined'): void {
    if (this.#wanted || this.#end !== undefined) return;
    this.#context.send({ type: 'call.reject', callId: this.id, reason });
    this.#finish({ result: 'declined', by: 'browser', error: undefined });
  }

  hangUp(): void {
    if (this.#end !== undefined) return;
    if (!this.#wanted) {
      this.reject();
      return;
    }
    const overlooked = this.#microphone.giveUp();
    this.#takeLeave();
    const result = this.#isAnswered ? 'completed' : 'cancelled';
    this.#finish({ result, by: 'browser', error: overlooked });
  }

  /** Goes on where the page before left it, with a connection of its own. */
  rejoin(): void {
    this.note({ type: 'client.lifecycle', state: 'taken_up' });
    this.#witness.evidence.open();
    void this.#establish({ microphone: this.#wishes }, async (audio, microphone) => {
      const sdp = await audio.offer(microphone);
      this.#tell({ type: 'call.rejoin', callId: this.id, sdp });
    });
  }

  /** For the next page. */
  get kept(): KeptCall {
    const { startedAt } = this.#milestones;
    return { startedAt, connectedAt: this.#connectedAt, muted: this.muted, microphone: this.#wishes };
  }

  /** The page goes. True: the call goes on without it, and the next page may take it up. */
  leave(): boolean {
    this.#leaving = true;
    if (this.direction === 'outgoing' && !this.#isAnswered) {
      this.hangUp();
      return false;
    }
    this.#monitor?.stop();
    this.#witness.end(true);
    this.#microphone.close();
    return true;
  }

  mute(): void {
    this.#setMuted(true);
  }

  unmute(): void {
    this.#setMuted(false);
  }

  /** Sends `digits` (0-9, *, #, A-D, and "," for a pause) as RFC 4733 tones. Throws an EarshotError when it cannot. */
  sendDtmf(digits: string): void {
    if (!/^[0-9A-Da-d*#,]+$/.test(digits)) throw new TypeError(`not keys of a phone: ${digits}`);
    const sent = this.#keeper?.audio.sendTones(digits) === true;
    for (const _key of digits.replaceAll(',', '')) this.#witness.note({ type: 'call.key', sent });
    if (!sent) throw new EarshotError(fault('call.wrong_state', 'no audio to send keys on'));
  }

  /** Plays the far end after playout.autoplay_blocked. Must run inside a user's gesture. */
  async resumePlayout(): Promise<void> {
    const remote = this.remoteStream;
    if (remote === undefined || this.#end !== undefined) return;
    const error = await this.#playout.play(remote);
    if (error !== undefined && this.#end === undefined) this.emit('error', error);
  }

  /**
   * Plays the far end on this device, such as one of `enumerateDevices`; an empty id is the choice of the system.
   * Rejects with playout.sink_failed, and the sound stays where it was.
   */
  useSpeaker(deviceId: string): Promise<void> {
    return this.#playout.useDevice(deviceId);
  }

  /**
   * Has the gateway call the user's own phone, and join it with the far end in place of this page: at this number, or one
   * that the gateway knows. What becomes of it is told by `callback`; `error` says when it may not be.
   */
  callMeBack(number?: string): void {
    this.#context.send({ type: 'call.callback', callId: this.id, ...optional('number', number) });
  }

  /** Where the gateway may call when this page cannot be heard any more; without a number: nowhere. */
  setCallbackNumber(number?: string): void {
    this.#context.send({ type: 'call.fallback', callId: this.id, ...optional('number', number) });
  }

  /** Looks for a new media path while the old one goes on. It also happens by itself when audio stops. */
  async restartIce(): Promise<void> {
    await this.#keeper?.restart('asked');
  }

  /** What the gateway says about this call. */
  receive(message: ServerMessage): void {
    if (this.#end !== undefined) return;
    void this.#take(message).catch((error: unknown) => this.#fail(unexpected('media.bad_sdp', error)));
  }

  /** What happens to the page, its devices and its connection while the call lasts. */
  get note(): Note {
    return this.#witness.note;
  }

  /** Messages go out again. */
  reconnected(): void {
    this.#witness.evidence.flush();
  }

  /** The network may have changed under the call; `changed`: it did. */
  doubt(changed = false): void {
    this.#keeper?.doubt(changed);
    this.#monitor?.look();
  }

  /** The session has other relays or credentials. `replaces`: those before are refused from now on. */
  renewIce(ice: CallIce, replaces: boolean): void {
    this.#renewedIce = ice;
    this.#keeper?.renew(ice, replaces);
  }

  /** The session is gone: so is the call. */
  abandon(why: Fault): void {
    // The next session knows nothing of it, unless the call never began.
    if (this.#told || this.direction === 'incoming') this.#witness.evidence.stop();
    this.#finish({ result: 'failed', by: 'gateway', error: new EarshotError(why) });
  }

  async #establish(
    options: CallOptions,
    negotiate: (audio: AudioConnection, microphone: MediaStream) => Promise<void>,
  ): Promise<void> {
    const wanted = options.microphone ?? {};
    // The next page cannot have a stream of this one.
    this.#wishes = 'getAudioTracks' in wanted ? {} : wanted;
    const asked = this.#microphone.ask(wanted);
    try {
      const [microphone, ice] = await Promise.all([asked, this.#context.ice()]);
      if (this.#end !== undefined) return;
      // While the person looked at the prompt, those of the session may have grown old.
      const { audio } = this.#keepPath(this.#renewedIce ?? ice);
      await negotiate(audio, microphone);
      if (this.#end === undefined) this.#listen(audio, microphone);
    } catch (error) {
      this.#fail(error instanceof EarshotError ? error : unexpected('client.webrtc_missing', error));
    }
  }

  #keepPath(ice: CallIce): PathKeeper {
    const { browser } = this.#context;
    const callId = this.id;
    this.#keeper = new PathKeeper(browser, ice, this.#witness.evidence, {
      state: () => this.#pathChanged(),
      offer: (sdp, abandons) => {
        if (this.#end !== undefined) return;
        const given = abandons ? { abandons } : {};
        this.#context.send({ type: 'call.description', callId, kind: 'offer', sdp, ...given });
      },
      restarted: (sdp) => {
        if (this.#end === undefined) this.#context.send({ type: 'call.restarted', callId, sdp });
      },
      path: (path) => this.emit('path', path),
      lost: (lost) => {
        this.#mediaLost = lost;
        if (lost) this.#context.suspect();
        this.#refresh();
      },
      suspect: () => this.#context.suspect(),
      failed: (error) => this.#fail(unexpected('ice.failed', error)),
    });
    return this.#keeper;
  }

  /** From here on there is something to hear and to watch. */
  #listen(audio: AudioConnection, microphone: MediaStream): void {
    void this.resumePlayout();
    this.#microphone.attach(audio);
    this.#sending = new MicrophoneSending(audio, this.note);
    this.#monitor = new Monitor(this.#context.browser, audio, this.microphoneStream ?? microphone, {
      receiving: () => this.#receiving(),
      figures: (figures, report, lateMs, last) => {
        this.#witness.take(report, figures, audio, lateMs, last);
        if (last) return;
        this.#microphone.observe(report);
        this.#keeper?.observe(figures);
        this.#sending?.observe(this.#context.browser.now(), figures.path.roundTripMs);
        this.#stats = { ...this.#stats, browser: figures };
        this.emit('stats', this.#stats);
      },
      wantsLevels: () => this.hasListeners('levels'),
      levels: (levels) => this.emit('levels', levels),
    });
  }

  #pathChanged(): void {
    const isConnected = this.#keeper?.audio.state === 'connected';
    if (isConnected && this.report.mediaPathMs === undefined) this.#milestones.reach('mediaPathMs');
    this.#monitor?.look();
  }

  #receiving(): void {
    this.#milestones.reach('firstAudioMs', this.path && reportOfPath(this.path));
    this.#context.send({ type: 'call.receiving', callId: this.id });
    this.#context.send({ type: 'call.report', callId: this.id, report: this.report });
  }

  async #take(message: ServerMessage): Promise<void> {
    switch (message.type) {
      case 'call.answer':
        this.#milestones.reach('answerMs');
        return this.#takeAnswer(message.sdp);
      case 'call.description':
        return this.#describe(message.kind, message.sdp);
      case 'call.state':
        return this.#enter(message.state, message.waitingFor ?? [], message.givesUpInMs);
      case 'call.dtmf':
        this.emit('dtmf', message.digit, message.durationMs);
        return;
      case 'call.stats':
        this.#stats = { ...this.#stats, near: message.near, far: message.far };
        if (message.near !== undefined) this.#keeper?.report(message.near);
        this.#follow(message);
        this.emit('stats', this.#stats);
        return;
      case 'call.callback':
        this.emit('callback', message.state, message.fault && new EarshotError(message.fault));
        return;
      case 'call.spare':
        this.#keeper?.keepSpare(message);
        return;
      case 'call.refused':
        return this.#refused(message.request, message.fault);
      case 'call.ended': {
        const { fault: why } = message;
        const error = why && (this.#keeper?.explain(why) ?? new EarshotError(why));
        this.#finish({ result: message.result, by: message.by, error });
        return;
      }
      case 'call.incoming':
      case 'session.ice':
        return;
    }
  }

  #follow({ quality = this.#quality, sending }: Extract<ServerMessage, { type: 'call.stats' }>): void {
    this.#sending?.told(this.#context.browser.now(), sending);
    const before = this.#quality;
    this.#quality = quality;
    if (quality && quality.level !== before?.level) this.emit('quality', quality);
  }

  async #takeAnswer(sdp: string): Promise<void> {
    if ((await this.#keeper?.audio.takeAnswer(sdp)) !== true) return;
    this.#answered = true;
    this.#keeper?.answered();
  }

  async #describe(kind: 'offer' | 'answer', sdp: string): Promise<void> {
    if (kind === 'answer') return this.#takeAnswer(sdp);
    const answer = await this.#keeper?.audio.takeOffer(sdp);
    if (answer === undefined || this.#end !== undefined) return;
    this.#context.send({ type: 'call.description', callId: this.id, kind: 'answer', sdp: answer });
  }

  #enter(state: CallState, waitingFor: readonly MediaDirection[], givesUpInMs: Millis | undefined): void {
    const now = this.#context.browser.now();
    if (state !== this.#server) this.#witness.note({ type: 'call.seen', state });
    // `call.ended` follows: until then nobody could say why.
    if (state === 'ended') return;
    this.#server = state;
    this.#waiting = { for: waitingFor, until: givesUpInMs === undefined ? undefined : now + givesUpInMs };
    if (state === 'connected') this.#connectedAt ??= now;
    this.#refresh(true);
  }

  async #refused(request: ClientMessage['type'], why: Fault): Promise<void> {
    if (request === 'call.description' && this.#answered) {
      await this.#keeper?.audio.forgetOffer();
      this.emit('error', new EarshotError(why));
      return;
    }
    if (
      request === 'call.start' ||
      request === 'call.accept' ||
      request === 'call.rejoin' ||
      why.code === 'call.unknown'
    ) {
      this.#finish({ result: 'failed', by: 'gateway', error: new EarshotError(why) });
      return;
    }
    this.emit('error', new EarshotError(why));
  }

  #setMuted(muted: boolean): void {
    if (this.#microphone.setMuted(muted)) this.emit('mute', muted);
  }

  #tell(message: ClientMessage): void {
    if (this.#end !== undefined) return;
    this.#told = true;
    this.#context.send(message);
    this.#keeper?.told();
    this.#witness.evidence.open();
    this.#refresh();
  }

  get #isAnswered(): boolean {
    if (this.direction === 'incoming') return this.#told;
    return this.#server !== undefined && !UNANSWERED.has(this.#server);
  }

  /** Whether somebody has to answer the question for the microphone: it was allowed on the page before. */
  get #isAsking(): boolean {
    const { state } = this.permission ?? {};
    return state === 'asking' || state === 'waiting';
  }

  /** `always`: what the state waits for may have changed though the state did not. */
  #refresh(always = false): void {
    const state = clientCallState({
      server: this.#server,
      incoming: this.direction === 'incoming',
      wanted: this.#wanted,
      microphone: this.#microphone.stream !== undefined || (this.resumed && !this.#isAsking),
      mediaLost: this.#mediaLost,
      ended: this.#end !== undefined,
    });
    this.#interruption.follow(state === 'reconnecting');
    if (state === this.#state && !always) return;
    this.#state = state;
    this.emit('state', state);
  }

  #fail(error: EarshotError): void {
    if (this.#end !== undefined) return;
    this.#takeLeave();
    this.#finish({ result: 'failed', by: 'browser', error });
  }

  /** Ends the call at the gateway, as far as that knows it, after the last of what was seen. */
  #takeLeave(): void {
    if (!this.#leaving) this.#witness.evidence.flush();
    if (this.#told) this.#context.send({ type: 'call.hangup', callId: this.id });
    else if (this.direction === 'incoming') this.#context.send({ type: 'call.reject', callId: this.id });
  }

  #finish(end: CallEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#playout.release();
    void this.#release(end.error);
    this.#refresh();
    this.emit('ended', end);
    this.#context.finished();
  }

  /** What the browser counted up to the end is asked for before it is let go of. */
  async #release(error: EarshotError | undefined): Promise<void> {
    this.#witness.release();
    if (!this.#leaving) await this.#monitor?.finish();
    else this.#monitor?.stop();
    this.#microphone.close();
    this.#keeper?.audio.close();
    const isAbandoned = this.direction === 'outgoing' && !this.#told;
    const why = optional('fault', error && fault(error.code));
    this.#witness.end(this.#leaving, isAbandoned ? { to: this.remote.uri, ...why } : undefined);
  }
}
