import type { StatsReport } from '../stats.js';

/** One call of a method, or one event, of a page's RTCPeerConnection or of its media devices. */
export interface TraceEvent {
  /** Unix time in ms by the browser's clock. */
  readonly at: number;
  /** By the names of rtcstats, such as `onconnectionstatechange` or `navigator.mediaDevices.getUserMediaOnFailure`. */
  readonly name: string;
  readonly value: unknown;
}

/** One report of getStats. */
export interface TraceReport {
  readonly at: number;
  readonly report: StatsReport;
}

/** What a file tells of one RTCPeerConnection: the common form of all dumps that browsers and pages write. */
export interface PeerTrace {
  readonly id: string;
  readonly events: readonly TraceEvent[];
  readonly reports: readonly TraceReport[];
  /** Reports come from a timer of the page itself, so that a gap says that the page stood still. */
  readonly timedByPage: boolean;
  /** Events and reports beyond the limit. */
  readonly omittedEvents: number;
  readonly omittedReports: number;
}

export interface PageTrace {
  /** The program that made the dump. */
  readonly tool: string;
  readonly userAgent?: string;
  /** What belongs to no connection: the microphone above all. */
  readonly page: readonly TraceEvent[];
  readonly peers: readonly PeerTrace[];
}

/** Of one file. */
export const LIMITS = {
  connections: 100,
  eventsOfConnection: 20_000,
  reportsOfConnection: 20_000,
  objectsOfReport: 500,
  /** Characters. */
  text: 400_000_000,
} as const;
