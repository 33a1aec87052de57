/**
 * The one rule by which destinations are matched: a pattern is a destination, literally, or has one `*` that stands for
 * any text: `echo`, `+49*`, `*`, `sip:*@example.org`. Only a pattern that begins with `sip:` matches a SIP URI.
 * Returns the text that `*` stands for ('' where the pattern has none), or undefined without a match.
 */
export function matchDestination(pattern: string, destination: string): string | undefined {
  if (pattern.startsWith('sip:') !== destination.startsWith('sip:')) return undefined;
  const star = pattern.indexOf('*');
  if (star === -1) return pattern === destination ? '' : undefined;
  const prefix = pattern.slice(0, star);
  const suffix = pattern.slice(star + 1);
  const fits =
    destination.length >= prefix.length + suffix.length &&
    destination.startsWith(prefix) &&
    destination.endsWith(suffix);
  return fits ? destination.slice(prefix.length, destination.length - suffix.length) : undefined;
}
