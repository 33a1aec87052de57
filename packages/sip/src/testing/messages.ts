/** Joins lines with CRLF; what follows the empty line, if there is one, is the body. */
export const wire = (...lines: readonly string[]): string => lines.join('\r\n');

/** A request in which a test changes one thing. `change`: a header's new line, or null to leave it out. */
export function requestText(method = 'INVITE', change: Readonly<Record<string, string | null>> = {}): string {
  const lines: Record<string, string | null> = {
    start: `${method} sip:bob@192.0.2.2 SIP/2.0`,
    via: 'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport',
    maxForwards: 'Max-Forwards: 70',
    from: 'From: "Alice" <sip:alice@192.0.2.1>;tag=a1',
    to: 'To: <sip:bob@192.0.2.2>',
    callId: 'Call-ID: call-1@192.0.2.1',
    cseq: `CSeq: 1 ${method}`,
    contact: 'Contact: <sip:alice@192.0.2.1:5060>',
    more: null,
    contentLength: 'Content-Length: 0',
    ...change,
  };
  const present = Object.values(lines).filter((line) => line !== null);
  return `${present.join('\r\n')}\r\n\r\n`;
}

/** The change that gives a request a body. `more`: further header lines. */
export const withBody = (type: string, body: string, more = ''): Readonly<Record<string, string>> => ({
  more: `Content-Type: ${type}${more}`,
  contentLength: `Content-Length: ${body.length}\r\n\r\n${body}`,
});
