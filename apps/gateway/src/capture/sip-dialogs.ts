import type { TransportAddress } from '@earshot/base';
import { parseSipMessage, type SipMessage } from '@earshot/sip';
import { type DescribedAudio, readAudio } from '@earshot/telemetry';
import { endOf, type Packet } from './packets.js';

/** One message of a dialog, as it passed. */
export interface DialogMessage {
  readonly at: number;
  /** By the end that sent the INVITE, or by the other one. */
  readonly by: 'inviter' | 'invited';
  readonly method: string;
  readonly status?: number;
  readonly phrase?: string;
  readonly cseq: number;
  readonly isRetransmission: boolean;
  readonly bytes: number;
  readonly from: TransportAddress;
  readonly to: TransportAddress;
  readonly reason?: string;
  readonly agent?: string;
  readonly described?: DescribedAudio;
  /** `RTP/SAVP` and the like: payloads are encrypted. */
  readonly isSecured: boolean;
}

/** A call between two SIP ends, by Call-ID. */
export interface Dialog {
  readonly callId: string;
  readonly startedAt: number;
  /** The half of Session-ID (RFC 7989) that names the call along all its dialogs. */
  sessionIds: Set<string>;
  readonly messages: DialogMessage[];
  readonly inviter: TransportAddress;
  readonly invited: TransportAddress;
  answeredAt?: number;
  endedAt?: number;
  endedBy?: 'inviter' | 'invited';
  result?: 'completed' | 'cancelled' | 'failed';
  omitted: number;
}

const MAX_DIALOGS = 2_000;
const MAX_MESSAGES = 500;
const decoder = new TextDecoder();
const START = /^(SIP\/2\.0 \d{3} |[A-Z]{3,16} (sips?|tel):[^\r\n]{1,2000} SIP\/2\.0)/;

/** Whether a payload begins as a SIP message does. */
export function looksLikeSip(payload: Uint8Array): boolean {
  // Nearly all packets of a capture are media, which never begins like a text.
  if (payload.length <= 20 || (payload[0] as number) > 0x7e) return false;
  return START.test(decoder.decode(payload.subarray(0, 2_048)).trimStart());
}

/** Puts the SIP messages of a capture in order. */
export class SipDialogs {
  readonly #dialogs = new Map<string, Dialog>();
  readonly #seen = new Map<Dialog, Set<string>>();
  /** Messages that could not be read. */
  malformed = 0;
  /** Messages of calls beyond the limit. */
  omitted = 0;
  /** Calls of which the beginning is not in the capture. */
  readonly #headless = new Set<string>();

  get all(): readonly Dialog[] {
    return [...this.#dialogs.values()];
  }

  get headless(): number {
    return this.#headless.size;
  }

  take(packet: Packet, bytes: Uint8Array): void {
    // The parser keeps views; the bytes of a frame do not last.
    const parsed = parseSipMessage(Uint8Array.from(bytes));
    if (!parsed.ok) {
      this.malformed += 1;
      return;
    }
    const dialog = this.#dialogs.get(parsed.value.callId) ?? this.#begin(packet, parsed.value);
    if (dialog !== undefined) this.#add(dialog, packet, parsed.value, bytes);
  }

  /** An INVITE outside a dialog begins one; of everything else the beginning was missed, or it is no call. */
  #begin(packet: Packet, message: SipMessage): Dialog | undefined {
    const { callId, cseq } = message;
    if (cseq.method !== 'INVITE' && cseq.method !== 'BYE' && cseq.method !== 'ACK') return undefined;
    if (message.kind !== 'request' || message.method !== 'INVITE' || message.to.params.has('tag')) {
      if (this.#headless.size < MAX_DIALOGS) this.#headless.add(callId);
      return undefined;
    }
    if (this.#dialogs.size >= MAX_DIALOGS) {
      this.omitted += 1;
      return undefined;
    }
    const dialog: Dialog = {
      callId,
      startedAt: packet.at,
      sessionIds: new Set(),
      messages: [],
      inviter: { address: packet.source, port: packet.sourcePort },
      invited: { address: packet.destination, port: packet.destinationPort },
      omitted: 0,
    };
    this.#dialogs.set(callId, dialog);
    return dialog;
  }

  #add(dialog: Dialog, packet: Packet, message: SipMessage, bytes: Uint8Array): void {
    for (const id of sessionIdsOf(message)) dialog.sessionIds.add(id);
    const by = sentBy(dialog, packet);
    const status = message.kind === 'response' ? message.status : undefined;
    const method = message.cseq.method;
    const seen = this.#seen.get(dialog) ?? new Set<string>();
    this.#seen.set(dialog, seen);
    const key = `${by} ${status ?? ''} ${method} ${message.cseq.number} ${message.via[0]?.params.get('branch') ?? ''}`;
    const isRetransmission = seen.has(key);
    if (seen.size < MAX_MESSAGES) seen.add(key);
    if (dialog.messages.length >= MAX_MESSAGES) {
      dialog.omitted += 1;
      return;
    }
    const body = decoder.decode(message.body);
    const described = /^v=0/.test(body) ? readAudio(body) : undefined;
    const reason = message.headers.get('reason') ?? message.headers.get('warning');
    const agent = message.headers.get('user-agent') ?? message.headers.get('server');
    dialog.messages.push({
      at: packet.at,
      by,
      method,
      ...(status === undefined ? {} : { status }),
      ...(message.kind === 'response' && message.reason !== '' ? { phrase: message.reason.slice(0, 64) } : {}),
      cseq: message.cseq.number,
      isRetransmission,
      bytes: bytes.length,
      from: { address: packet.source, port: packet.sourcePort },
      to: { address: packet.destination, port: packet.destinationPort },
      ...(reason === undefined ? {} : { reason: reason.slice(0, 200) }),
      ...(agent === undefined ? {} : { agent: agent.slice(0, 100) }),
      ...(described === undefined ? {} : { described }),
      isSecured: /^m=audio \d+ \S*SAVP/m.test(body),
    });
    if (!isRetransmission) follow(dialog, packet.at, by, method, status);
  }
}

/** Which end a packet came from: by its address, and where both have the same one by its port. */
function sentBy(dialog: Dialog, { source, sourcePort, destination, destinationPort }: Packet): 'inviter' | 'invited' {
  const is = (end: TransportAddress, address: string, port: number): number =>
    (end.address === address ? 2 : 0) + (end.address === address && end.port === port ? 1 : 0);
  const forward = is(dialog.inviter, source, sourcePort) + is(dialog.invited, destination, destinationPort);
  const backward = is(dialog.invited, source, sourcePort) + is(dialog.inviter, destination, destinationPort);
  return forward >= backward ? 'inviter' : 'invited';
}

/** What a message means for the call (RFC 3261 sections 13 to 15). */
function follow(
  dialog: Dialog,
  at: number,
  by: 'inviter' | 'invited',
  method: string,
  status: number | undefined,
): void {
  if (dialog.endedAt !== undefined) return;
  const end = (endedBy: 'inviter' | 'invited', result: NonNullable<Dialog['result']>): void => {
    dialog.endedAt = at;
    dialog.endedBy = endedBy;
    dialog.result = result;
  };
  if (method === 'BYE' && status === undefined) end(by, 'completed');
  if (method !== 'INVITE' || status === undefined || dialog.answeredAt !== undefined) return;
  if (status >= 200 && status < 300) dialog.answeredAt = at;
  // A challenge is answered by another INVITE.
  else if (status >= 300 && status !== 401 && status !== 407) {
    const isCancelled = status === 487 && dialog.messages.some((message) => message.method === 'CANCEL');
    end(isCancelled ? 'inviter' : 'invited', isCancelled ? 'cancelled' : 'failed');
  }
}

const NIL = '0'.repeat(32);

/** Both halves of Session-ID (RFC 7989 section 5), which stay the same along a call. */
function sessionIdsOf(message: SipMessage): readonly string[] {
  const [, own, remote] =
    /^([0-9a-f]{32})(?:\s*;\s*remote=([0-9a-f]{32}))?/.exec(message.headers.get('session-id') ?? '') ?? [];
  return [own, remote].filter((id): id is string => id !== undefined && id !== NIL);
}

/** Where an end said that it takes RTP, and where it sends from if it does as most do (RFC 4961). */
export const mediaEnds = (dialog: Dialog, by: 'inviter' | 'invited'): ReadonlySet<string> =>
  new Set(
    dialog.messages.flatMap(({ by: sender, described }) => {
      const audio = described?.audio;
      if (sender !== by || audio?.address === undefined || audio.port === undefined) return [];
      return [endOf(audio.address, audio.port)];
    }),
  );
