import type { VerdictEvent, VerdictSide } from './verdict.js';

const SIDES: Readonly<Record<VerdictSide, string>> = {
  caller: 'on the side of the caller',
  callee: 'on the side of the callee',
  gateway: 'at the gateway',
  'far-end': 'on the phone side',
};

export function describeVerdictEvent({ type, code, side, confidence, text }: VerdictEvent): string {
  if (type === 'verdict.withdrawn') return `over: ${code} ${SIDES[side]}`;
  return `${code} ${SIDES[side]}, ${Math.round(confidence * 100)}% sure: ${text}`;
}
