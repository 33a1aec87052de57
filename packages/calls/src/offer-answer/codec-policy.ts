import { type CodecName, err, fault, ok, type Result } from '@earshot/base';

export type LegKind = 'browser' | 'sip';

/**
 * `quality`: a browser gets Opus, the phone side G.711, and the gateway transcodes.
 * `density`: G.711 end to end, nothing is transcoded.
 * `auto`: a browser gets both, the one that needs no transcoding first, so that a later step may switch.
 */
export type CodecPolicy = 'quality' | 'density' | 'auto';

export interface CodecRules {
  readonly policy: CodecPolicy;
  /** Whether Opus may be spoken on SIP legs. */
  readonly sipOpus: boolean;
}

/** The codecs each leg may use, in order of preference. The gateway converts between any two of them. */
export interface CodecPlan {
  readonly caller: readonly CodecName[];
  readonly callee: readonly CodecName[];
}

const G711: readonly CodecName[] = ['PCMU', 'PCMA'];

/**
 * Decides before anything rings what each leg may speak, from what the caller offers (names in its order).
 * The callee is only ever offered what the caller, or the transcoder on its behalf, can honour.
 * Fault: `media.codec_mismatch` when nothing is left.
 */
export function planCodecs(
  { policy, sipOpus }: CodecRules,
  caller: { readonly kind: LegKind; readonly codecs: readonly CodecName[] },
  calleeKind: LegKind,
): Result<CodecPlan> {
  const speaksOpus = (kind: LegKind): boolean => kind === 'browser' || sipOpus;
  const offeredG711 = caller.codecs.filter((name) => G711.includes(name));
  const offeredOpus = caller.codecs.filter((name) => name === 'opus' && speaksOpus(caller.kind));
  if (offeredG711.length + offeredOpus.length === 0) return noCommonCodec(caller.codecs);
  if (policy === 'density') {
    return offeredG711.length === 0 ? noCommonCodec(caller.codecs) : ok({ caller: offeredG711, callee: offeredG711 });
  }

  // The caller's own order leads, so that the callee's natural choice is the one that passes through.
  const calleeG711 = [...offeredG711, ...G711.filter((name) => !offeredG711.includes(name))];
  const calleeOpus: readonly CodecName[] = speaksOpus(calleeKind) ? ['opus'] : [];
  // Two Opus speakers need no transcoding, so that Opus comes first even where density matters.
  const opusFirst = policy === 'quality' || (speaksOpus(calleeKind) && offeredOpus.length > 0);
  const inOrder = (opus: readonly CodecName[], g711: readonly CodecName[]): readonly CodecName[] =>
    opusFirst ? [...opus, ...g711] : [...g711, ...opus];

  // A browser sends the first codec of the answer it got; with `quality` there is no second that it could fall back to.
  const opusOnly = policy === 'quality' && caller.kind === 'browser' && offeredOpus.length > 0;
  return ok({
    caller: opusOnly ? offeredOpus : inOrder(offeredOpus, offeredG711),
    callee: inOrder(calleeOpus, calleeG711),
  });
}

/** What a phone is offered that takes the place of a browser: what the far end speaks first, so that nothing is transcoded. */
export const phoneCodecs = (far: readonly CodecName[]): readonly CodecName[] => {
  const shared = far.filter((name) => G711.includes(name));
  return [...shared, ...G711.filter((name) => !shared.includes(name))];
};

/** The one codec of a SIP answer: what the other leg sends, where possible, so that nothing is transcoded. */
export const answeredCodec = (plan: readonly CodecName[], otherLeg: readonly CodecName[]): readonly CodecName[] =>
  plan
    .filter((name) => name === otherLeg[0])
    .concat(plan)
    .slice(0, 1);

function noCommonCodec(offered: readonly CodecName[]) {
  return err(fault('media.codec_mismatch', `offered: ${offered.length === 0 ? 'nothing usable' : offered.join(', ')}`));
}
