/** What a built-in line does with its caller's audio. */
export type LineMedia = 'echo' | 'music' | 'silent' | 'deaf';

export interface LineDefinition {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** How long it rings before it answers, in ms. */
  readonly ringMs: number;
  /** What an answered call hears and says; none: it refuses with `rejectStatus`. */
  readonly media?: LineMedia;
  readonly rejectStatus?: number;
}

/** The built-in lines, each a real SIP user agent on loopback, so that a first call needs no PBX. */
export const LINES: readonly LineDefinition[] = [
  { name: 'echo', title: 'Echo', description: 'Says back what you say', ringMs: 300, media: 'echo' },
  { name: 'music', title: 'Music', description: 'Plays a melody', ringMs: 300, media: 'music' },
  { name: 'busy', title: 'Busy', description: 'Is always busy', ringMs: 0, rejectStatus: 486 },
  { name: 'slow', title: 'Slow', description: 'Answers after five seconds', ringMs: 5_000, media: 'echo' },
  { name: 'silent', title: 'Silent', description: 'Answers and sends nothing', ringMs: 300, media: 'silent' },
  { name: 'deaf', title: 'Deaf', description: 'Plays, and receives nothing', ringMs: 300, media: 'deaf' },
];
