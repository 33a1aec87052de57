import { err, type Fault, fault, ok, type Result } from '@earshot/base';
import { isRtcp, parseRtcp } from '@earshot/rtp';
import type { CallTimeline } from '@earshot/telemetry';
import { BrowserFlows } from './browser-flows.js';
import { Duplicates } from './duplicates.js';
import type { Frames } from './frames.js';
import { type Packet, readPacket } from './packets.js';
import { isPcap, readPcap } from './pcap.js';
import { isPcapng, readPcapng } from './pcapng.js';
import { type RtpFlow, RtpFlows } from './rtp-flows.js';
import { type Dialog, looksLikeSip, SipDialogs } from './sip-dialogs.js';
import { SipOverTcp } from './sip-over-tcp.js';
import type { ByteSource } from './source.js';
import { browserTimeline, rtpTimeline, sipTimeline } from './timelines.js';

export interface Capture {
  readonly format: 'pcap' | 'pcapng';
  /** At least one, in order of time. */
  readonly calls: readonly CallTimeline[];
  /** What the capture lacks, each a plain sentence. */
  readonly notes: readonly string[];
  /** Where it ends too early: what was read until there was used. */
  readonly fault?: Fault;
}

const MAX_CALLS = 2_000;

/** Whether a file that begins with these bytes is a capture of packets. */
export const isCapture = (start: Uint8Array): boolean => isPcap(start) || isPcapng(start);

/**
 * Reads a capture once from beginning to end, and keeps of it what calls need: SIP by dialogs, media by the second. Its
 * failures are `dump.unknown_format`, `dump.truncated` (where that leaves no call) and `dump.no_call`.
 */
export function readCapture(start: Uint8Array, source: ByteSource): Result<Capture> {
  const format = isPcapng(start) ? 'pcapng' : isPcap(start) ? 'pcap' : undefined;
  if (format === undefined) return err(fault('dump.unknown_format'));
  const reading = new Reading();
  const frames: Frames = format === 'pcapng' ? readPcapng(source) : readPcap(source);
  let step = frames.next();
  while (step.done !== true) {
    reading.frames += 1;
    const packet = readPacket(step.value);
    if (typeof packet === 'string') reading.pass(packet);
    else reading.take(packet);
    step = frames.next();
  }
  const broken = step.value;
  const calls = reading.calls();
  if (calls.length === 0) return err(broken ?? fault('dump.no_call', reading.notes.join(' ') || undefined, format));
  return ok({ format, calls, notes: reading.notes, ...(broken === undefined ? {} : { fault: broken }) });
}

class Reading {
  frames = 0;
  #fragments = 0;
  #malformed = 0;
  #cut = 0;
  #lastAt = 0;
  readonly #duplicates = new Duplicates();
  readonly #sip = new SipDialogs();
  readonly #tcp = new SipOverTcp();
  readonly #browsers = new BrowserFlows();
  readonly #rtp = new RtpFlows();

  pass(what: 'other' | 'fragment' | 'malformed'): void {
    if (what === 'fragment') this.#fragments += 1;
    if (what === 'malformed') this.#malformed += 1;
  }

  take(packet: Packet): void {
    const { at, payload, protocol } = packet;
    this.#lastAt = Math.max(this.#lastAt, at);
    if (packet.isCut) this.#cut += 1;
    if (protocol === 'tcp') {
      for (const message of this.#tcp.messages(packet)) this.#sip.take(packet, message);
      return;
    }
    // RTP has numbers of its own.
    const isRtp = ((payload[0] ?? 0) & 0xc0) === 0x80 && !isRtcp(payload, payload.length);
    if (!isRtp && this.#duplicates.has(packet)) return;
    if (looksLikeSip(payload)) this.#sip.take(packet, payload);
    else if (!this.#browsers.take(packet)) this.#takeMedia(packet);
  }

  #takeMedia(packet: Packet): void {
    const { at, payload, source } = packet;
    const browser = this.#browsers.callOf(packet);
    if (isRtcp(payload, payload.length)) {
      // SRTCP encrypts all but the first header (RFC 3711 section 3.4).
      const reports = browser === undefined ? parseRtcp(payload) : undefined;
      if (reports?.ok === true) for (const block of reports.value.reports) this.#rtp.report(at, source, block);
      return;
    }
    if (this.#rtp.take(packet, browser !== undefined) && browser !== undefined) browser.lastAt = at;
  }

  calls(): CallTimeline[] {
    const flows = this.#rtp.all;
    const dialogs = joined(this.#sip.all);
    const browsers = this.#browsers.all.filter(({ checks }) => checks.length > 0);
    const told = [
      ...dialogs.map((group) => sipTimeline(group, flows, this.#lastAt)),
      ...browsers.map((call) => browserTimeline(call, flows, this.#lastAt)),
    ];
    // Without any SIP, RTP is looked at for its own sake.
    const alone = told.length > 0 ? [] : pairs(flows).map(([there, back]) => rtpTimeline(there, back));
    return [...told, ...alone].sort((a, b) => a.startedAt - b.startedAt).slice(0, MAX_CALLS);
  }

  get notes(): readonly string[] {
    const count = (number: number, what: string): string[] => (number === 0 ? [] : [`${what}: ${number}.`]);
    return [
      ...count(this.#fragments, 'Fragments of IP packets, whose content is missing here'),
      ...count(this.#cut, 'Packets that the capture cut short (tcpdump -s 0 keeps them whole)'),
      ...count(this.#malformed, 'Malformed packets'),
      ...count(this.#sip.malformed, 'SIP messages that could not be read'),
      ...count(this.#sip.omitted, 'SIP messages of calls beyond the limit'),
      ...count(this.#sip.headless, 'Calls that began before the capture, and are left out'),
      ...count(this.#rtp.omitted, 'Packets of media beyond the limit'),
      ...count(this.#browsers.relayMessages, 'Messages of TURN (what goes through a relay is not looked into)'),
    ];
  }
}

/** Dialogs that carry one Session-ID are one call through B2BUAs (RFC 7989), in the order in which they began. */
function joined(dialogs: readonly Dialog[]): Dialog[][] {
  const groups: { readonly ids: Set<string>; readonly dialogs: Dialog[] }[] = [];
  for (const dialog of [...dialogs].sort((a, b) => a.startedAt - b.startedAt)) {
    const group = groups.find(({ ids }) => [...dialog.sessionIds].some((id) => ids.has(id)));
    if (group === undefined) {
      groups.push({ ids: new Set(dialog.sessionIds), dialogs: [dialog] });
      continue;
    }
    group.dialogs.push(dialog);
    for (const id of dialog.sessionIds) group.ids.add(id);
  }
  return groups.map((group) => group.dialogs);
}

function pairs(flows: readonly RtpFlow[]): (readonly [RtpFlow, RtpFlow | undefined])[] {
  const left = new Set([...flows].sort((a, b) => a.firstAt - b.firstAt));
  const found: (readonly [RtpFlow, RtpFlow | undefined])[] = [];
  for (const there of left) {
    left.delete(there);
    const back = [...left].find(({ from, to }) => from === there.to && to === there.from);
    if (back !== undefined) left.delete(back);
    found.push([there, back]);
  }
  return found;
}
