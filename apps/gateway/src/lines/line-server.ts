import { ok, type Result } from '@earshot/base';
import { answerSip, readSipOffer } from '@earshot/calls';
import type { SipEvent } from '@earshot/sip';
import type { Log } from '../log.js';
import { openUdpSocket } from '../media/dgram-socket.js';
import { rtpPorts } from '../media/rtp-ports.js';
import { UdpAgent } from '../sip/udp-agent.js';
import { LINES, type LineDefinition } from './catalog.js';
import { FRAME_MS, LineCall } from './line-call.js';
import { Ticker } from './ticker.js';

const HOST = '127.0.0.1';
const MAX_CALLS = 500;
const CODECS = ['PCMU', 'PCMA'] as const;
const openSockets = rtpPorts(0, 0, (port) => openUdpSocket(HOST, port, 'an RTP port of a line', false));

type Incoming = Extract<SipEvent, { type: 'incoming' }>;

/** A leg of a line: ringing until `media` is there. */
interface LineLeg {
  readonly line: LineDefinition;
  answer?: NodeJS.Timeout;
  media?: LineCall;
}

/** The built-in lines behind one SIP agent on loopback: the user part of the request says which one answers. */
export class LineServer {
  readonly #log: Log;
  readonly #legs = new Map<string, LineLeg>();
  readonly #ticker = new Ticker(FRAME_MS, (now) => {
    for (const leg of this.#legs.values()) leg.media?.tick(now);
  });
  #agent: UdpAgent | undefined;

  static async start(log: Log): Promise<Result<LineServer>> {
    const server = new LineServer(log);
    const agent = await UdpAgent.start({
      host: HOST,
      port: 0,
      where: 'a port for the built-in lines',
      userAgent: 'Earshot-Lines',
      advertise: () => HOST,
      onEvent: (event) => server.#onEvent(event),
    });
    if (!agent.ok) return agent;
    server.#agent = agent.value;
    server.#ticker.start();
    return ok(server);
  }

  private constructor(log: Log) {
    this.#log = log;
  }

  /** The SIP address of a line. */
  uriOf(name: string): string {
    return `sip:${name}@${HOST}:${this.#agent?.local.port}`;
  }

  /** Hangs up what still stands. */
  close(): void {
    this.#ticker.stop();
    for (const legId of [...this.#legs.keys()]) {
      this.#agent?.handle({ type: 'hangup', legId });
      this.#release(legId);
    }
    this.#agent?.close();
  }

  #onEvent(event: SipEvent): void {
    if (event.type === 'incoming') this.#onIncoming(event);
    else if (event.type === 'ended' || event.type === 'cancelled' || event.type === 'failed')
      this.#release(event.legId);
    else if (event.type === 'reinvite' && event.needsAnswer) {
      this.#agent?.handle({ type: 'reinvite-answer', legId: event.legId, status: 488 });
    }
  }

  #onIncoming(event: Incoming): void {
    const { legId, request } = event;
    const line = LINES.find(({ name }) => name === request.uri.user);
    if (line === undefined) {
      this.#reject(legId, 404);
      return;
    }
    if (this.#legs.size >= MAX_CALLS) {
      this.#reject(legId, 503);
      return;
    }
    if (line.media === undefined) {
      this.#reject(legId, line.rejectStatus ?? 480);
      return;
    }
    const leg: LineLeg = { line };
    this.#legs.set(legId, leg);
    this.#agent?.handle({ type: 'ring', legId, status: 180 });
    leg.answer = setTimeout(() => {
      this.#answer(event, leg).catch((error: unknown) => {
        this.#log.error({ err: error, code: 'internal.bug' }, 'a line could not answer');
        this.#release(legId);
        this.#reject(legId, 500);
      });
    }, line.ringMs);
  }

  async #answer({ legId, sdp }: Incoming, leg: LineLeg): Promise<void> {
    const offer = readSipOffer(sdp ?? '');
    const sockets = await openSockets();
    const stillRings = this.#legs.get(legId) === leg;
    if (!offer.ok || !sockets.ok || !stillRings) {
      if (sockets.ok) {
        sockets.value.rtp.close();
        sockets.value.rtcp.close();
      }
      this.#release(legId);
      if (stillRings) this.#reject(legId, offer.ok ? 503 : 488);
      return;
    }
    const rtp = { address: HOST, port: sockets.value.rtp.local.port };
    const session = { id: String(Date.now()), version: 1 };
    const names = CODECS.toSorted((a, b) => offer.value.codecs.indexOf(a) - offer.value.codecs.indexOf(b));
    const answer = answerSip(offer.value, { rtp, session }, names);
    if (!answer.ok) {
      sockets.value.rtp.close();
      sockets.value.rtcp.close();
      this.#release(legId);
      return this.#reject(legId, 488);
    }
    const { media, remote } = answer.value;
    leg.media = new LineCall(sockets.value, media, remote, leg.line.media ?? 'silent');
    this.#agent?.handle({ type: 'answer', legId, sdp: answer.value.sdp });
    this.#log.debug({ line: leg.line.name }, 'line answered');
  }

  #reject(legId: string, status: number): void {
    this.#agent?.handle({ type: 'reject', legId, status });
  }

  #release(legId: string): void {
    const leg = this.#legs.get(legId);
    if (leg === undefined) return;
    this.#legs.delete(legId);
    clearTimeout(leg.answer);
    if (leg.media === undefined) return;
    this.#log.info({ line: leg.line.name, sipLeg: legId, ...leg.media.heard }, 'line heard');
    leg.media.close();
  }
}
