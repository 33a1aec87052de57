import type { PreflightProblem, PreflightStep, PreflightSummary } from './types.js';

/** MOS at which nothing is left to wish for, and at which nobody understands anything, on the scale of telephones. */
const [BEST, WORST] = [4.4, 1.5];
/** Taken off for each thing that makes calls worse but does not show in the MOS: the next call may meet it. */
const WARNING = 8;
/** What a run without a call can tell at most. */
const UNHEARD = 80;

/** `steps`: as they ended. */
export function summaryOf(steps: readonly PreflightStep[], cancelled: boolean): PreflightSummary {
  const problems = steps.flatMap((step): readonly PreflightProblem[] => step.problems);
  const ok = !cancelled && !problems.some(({ fatal }) => fatal);
  return { ok, score: ok ? scoreOf(steps, problems) : 0, problems, cancelled, steps };
}

function scoreOf(steps: readonly PreflightStep[], problems: readonly PreflightProblem[]): number {
  const call = steps.find((step) => step.step === 'call');
  const { up, down } = call?.figures?.mos ?? {};
  const heard = [up, down].filter((mos) => mos !== undefined);
  const base = heard.length === 0 ? UNHEARD : ((Math.min(...heard) - WORST) / (BEST - WORST)) * 100;
  const unseen = new Set(problems.filter(({ step }) => step !== 'call').map(({ code }) => code)).size;
  return Math.round(Math.min(100, Math.max(1, base - unseen * WARNING)));
}
