import type { CallQuery, CallRecord } from '@earshot/telemetry';
import { type CallFacts, factsOf, type PagePlace, searchText } from './facts.js';

function matchesCause(wanted: string | undefined, cause: string | null): boolean {
  if (wanted === undefined) return true;
  if (wanted === 'none') return cause === null;
  return wanted.endsWith('.') ? (cause?.startsWith(wanted) ?? false) : cause === wanted;
}

function matchesText(query: CallQuery, callId: string, { parties }: CallFacts): boolean {
  const text = searchText(query.text);
  return text === undefined || parties.includes(text) || callId.startsWith(text);
}

function matchesBrowsers({ browser, network }: CallQuery, { browsers }: CallFacts): boolean {
  return (
    (browser === undefined || browsers.some((one) => one.browser === browser || one.browserVersion === browser)) &&
    (network === undefined || browsers.some((one) => one.network === network))
  );
}

/** Whether all that is asked for holds. What `after` says is about the page and not looked at. */
export function matches(query: CallQuery, record: CallRecord): boolean {
  const { user, trunk, result, weight, from, until } = query;
  const facts = factsOf(record);
  return (
    (from === undefined || record.startedAt >= from) &&
    (until === undefined || record.startedAt < until) &&
    (trunk === undefined || facts.trunk === trunk) &&
    (result === undefined || facts.result === result) &&
    (weight === undefined || facts.weight === weight) &&
    (user === undefined || [facts.fromParty, facts.toParty].includes(user.toLowerCase())) &&
    matchesCause(query.cause, facts.cause) &&
    matchesText(query, record.callId, facts) &&
    matchesBrowsers(query, facts)
  );
}

/** Orders calls for pages: negative where `one` comes before `other`. */
export const newestFirst = (one: PagePlace, other: PagePlace): number =>
  other.startedAt - one.startedAt || (one.key < other.key ? 1 : one.key > other.key ? -1 : 0);
