import type { BrowserFacts } from '../browser-event.js';

/** Names within user agents, more particular ones first: most browsers name others besides. */
const BROWSERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Edge', /\bEdgA?(?:iOS)?\/(\d+)/],
  ['Opera', /\bOPR\/(\d+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /\b(?:HeadlessChrome|Chrome|CriOS|Chromium)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+)[.\d]* (?:Mobile\/\w+ )?Safari\//],
];

const SYSTEMS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(?:iPhone|iPad|iPod)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMacintosh\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
];

export function readUserAgent(text: string): BrowserFacts {
  const [name, version] = BROWSERS.flatMap(([browser, pattern]) => {
    const found = pattern.exec(text);
    return found === null ? [] : [[browser, found[1] ?? ''] as const];
  })[0] ?? ['unknown', ''];
  const os = SYSTEMS.find(([, pattern]) => pattern.test(text))?.[0];
  const mobile = /\bMobi(?:le)?\b/.test(text);
  return { name, version, ...(os === undefined ? {} : { os }), ...(mobile ? { mobile } : {}) };
}
