import { german } from './de.js';
import type { Dictionary } from './dictionary.js';
import { english } from './en.js';
import type { Surroundings } from './surroundings.js';
import { Words } from './words.js';

export { german } from './de.js';
export type { Dictionary, Label, QualityWord, ReconnectReason, Said } from './dictionary.js';
export { formatDuration, spoken } from './durations.js';
export { english } from './en.js';
export { type CallErrorCode, type ErrorWords, wordsOf } from './error-words.js';
export { meterShare, partyName } from './others.js';
export type { PromptPlace } from './remedies.js';
export { type BrowserKind, type Surroundings, type SystemKind, surroundings, surroundingsOf } from './surroundings.js';
export { type CallScene, type LinkState, PROMPT_OVERLOOKED, type Prompt, type Remedy, Words } from './words.js';

const dictionaries = new Map<string, Dictionary>([
  ['en', english],
  ['de', german],
]);

/** Adds a language, or says things another way: `registerWords('en', {...english, labels: {...}})`. */
export function registerWords(locale: string, texts: Dictionary): void {
  dictionaries.set(locale.toLowerCase(), texts);
}

/**
 * The words for a language such as `de-AT`: its own, those of `de`, or English. Without one: the language of the
 * browser. `here`: where the person sits, if it is not this browser.
 */
export function wordsFor(locale: string = languageOfBrowser(), here?: Surroundings): Words {
  const wanted = locale.toLowerCase();
  const texts = dictionaries.get(wanted) ?? dictionaries.get(wanted.split('-')[0] ?? '') ?? english;
  return new Words(texts, here);
}

function languageOfBrowser(): string {
  const { navigator } = globalThis as { navigator?: { language?: string } };
  return navigator?.language ?? 'en';
}
