import type { CallTimeline, QualityFacts } from '@earshot/telemetry';
import { replay } from '../diagnose.js';

/** The quality that the listeners of a call were given, from its timeline. */
export const qualityOf = (timeline: CallTimeline): readonly QualityFacts[] => replay(timeline).quality;
