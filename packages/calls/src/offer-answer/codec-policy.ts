import type { CodecName } from '@earshot/base';

export type LegKind = 'browser' | 'sip';

export type CodecPolicy = 'quality' | 'density' | 'auto';

export interface CodecRules {
  readonly policy: CodecPolicy;
  /** Whether Opus may be spoken on SIP legs. */
  readonly sipOpus: boolean;
}

/** The codecs each leg may use, in order of preference. */
export interface CodecPlan {
  readonly caller: readonly CodecName[];
  readonly callee: readonly CodecName[];
}
