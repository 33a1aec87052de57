/** The WebSocket subprotocol name (RFC 6455 section 1.9), and with it the version of everything in this package. */
export const PROTOCOL = 'earshot.v1';

/** What either end accepts. Anything larger is refused before it costs memory. */
export const LIMITS = {
  /** Bytes of one WebSocket frame: an SDP of full length with every line end escaped, and its envelope. */
  frameBytes: 131_072,
  /** Characters of one session description. */
  sdpLength: 65_536,
  tokenLength: 8_192,
  /** Characters of a destination or an address: a SIP URI fits, a novel does not. */
  addressLength: 512,
  /** Characters of any other text. */
  textLength: 256,
  /** Events of one `call.evidence`. */
  evidence: 32,
  /** Samples of one `call.evidence`. */
  samples: 16,
  /** Events of all `call.evidence` of one call: the browser says no more after them. */
  evidenceOfCall: 1_024,
  /** Reliable messages kept until the other end acknowledges them. */
  outbox: 256,
} as const;

/** All in milliseconds. */
export const TIMING = {
  /** Silence after which an end asks for a sign of life; twice as much is death. */
  heartbeat: 10_000,
  /** How long an end that suspects the connection waits for a sign of life. */
  suspicion: 2_000,
  /** How long the server keeps a session without a connection. */
  grace: 30_000,
  /** The same, of a page that said it is leaving. */
  reload: 10_000,
  /** How long one attempt to connect may take, from the first packet to the welcome. */
  connect: 8_000,
  /** How long an acknowledgement waits for a message that carries it along. */
  acknowledge: 100,
  /** A connection that held this long starts the next reconnection without delay. */
  stable: 5_000,
} as const;

/** WebSocket close codes of earshot.v1 (RFC 6455 section 7.4.2 leaves 4000-4999 to applications). */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  badMessage: 4400,
  unauthorized: 4401,
  timeout: 4408,
  replaced: 4409,
  resumeExpired: 4410,
  tooManyMessages: 4429,
} as const;
