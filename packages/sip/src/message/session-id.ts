/** The two halves of Session-ID (RFC 7989): ours and the peer's, 32 lower-case hexadecimal digits each. */
export interface SessionId {
  readonly local: string;
  readonly remote: string;
}

/** What stands for a half not known yet (section 5). */
export const NIL_SESSION_ID = '0'.repeat(32);

/** The sender's half, or undefined for what is no Session-ID. */
export const senderSessionId = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : /^([0-9a-f]{32})(?:\s*;|$)/.exec(value)?.[1];

export const printSessionId = ({ local, remote }: SessionId): string => `${local};remote=${remote}`;
