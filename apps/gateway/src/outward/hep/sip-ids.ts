/** Dialogs whose ids are remembered: more than calls can run at once on one machine. */
const MOST = 8_192;
/** Headers stand in the first bytes; bodies are of no interest. */
const LONGEST_HEAD = 8_192;

const CALL_ID = /^(?:call-id|i)[ \t]*:[ \t]*(\S+)/im;
const SESSION_ID = /^session-id[ \t]*:[ \t]*([0-9a-f]{32})/im;
const TAGGED_TO = /^(?:to|t)[ \t]*:.*;[ \t]*tag[ \t]*=/im;
const NIL = /^0+$/;

/**
 * Which SIP dialog belongs to which call. A call is named by the Session-ID (RFC 7989) of its INVITE: ours where we
 * call, the caller's where it has one, and ours in what we answer where it has none.
 */
export class SipIds {
  readonly #callIds = new Map<string, string>();
  readonly #sipIds = new Map<string, string>();

  /** The id of the call that a message belongs to, as far as is known by now. */
  callOf(direction: 'in' | 'out', bytes: Uint8Array): string | undefined {
    const head = headOf(bytes);
    const sipId = CALL_ID.exec(head)?.[1];
    if (sipId === undefined) return undefined;
    const known = this.#callIds.get(sipId);
    if (known !== undefined) return known;
    const sessionId = SESSION_ID.exec(head)?.[1]?.toLowerCase();
    const names = direction === 'out' || (head.startsWith('INVITE ') && !TAGGED_TO.test(head));
    if (sessionId === undefined || !names || NIL.test(sessionId)) return undefined;
    remember(this.#callIds, sipId, sessionId);
    if (!this.#sipIds.has(sessionId)) remember(this.#sipIds, sessionId, sipId);
    return sessionId;
  }

  /** The SIP Call-ID of a call: Homer finds what belongs to a SIP call by it. */
  sipIdOf(callId: string): string | undefined {
    return this.#sipIds.get(callId);
  }
}

function remember(map: Map<string, string>, key: string, value: string): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MOST && oldest !== undefined) map.delete(oldest);
}

function headOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, LONGEST_HEAD)).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? text : text.slice(0, end);
}
