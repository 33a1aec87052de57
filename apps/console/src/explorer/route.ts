/** The fields of a search as the address carries them; all are text. */
export const SEARCH_FIELDS = [
  'text',
  'user',
  'cause',
  'browser',
  'trunk',
  'network',
  'result',
  'weight',
  'last',
  'from',
  'until',
  'after',
] as const;

export type SearchField = (typeof SEARCH_FIELDS)[number];
export type SearchQuery = Readonly<Partial<Record<SearchField, string>>>;

/** Spans of time to choose from, in ms. */
export const SPANS = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
} as const;

export type Span = keyof typeof SPANS;

export const isSpan = (text: string | undefined): text is Span => text !== undefined && Object.hasOwn(SPANS, text);

export type Route =
  | { readonly page: 'live' }
  | { readonly page: 'search'; readonly query: SearchQuery }
  | { readonly page: 'overview'; readonly span: Span }
  | { readonly page: 'call'; readonly id: string }
  | { readonly page: 'none' };

export function parseRoute({ pathname, searchParams }: URL): Route {
  if (pathname === '/') return { page: 'live' };
  if (pathname === '/search') return { page: 'search', query: readQuery(searchParams) };
  if (pathname === '/overview') {
    const last = searchParams.get('last') ?? undefined;
    return { page: 'overview', span: isSpan(last) ? last : '24h' };
  }
  const [, id] = /^\/call\/([^/]+)$/.exec(pathname) ?? [];
  if (id === undefined) return { page: 'none' };
  try {
    return { page: 'call', id: decodeURIComponent(id) };
  } catch {
    return { page: 'none' };
  }
}

export function readQuery(params: URLSearchParams): SearchQuery {
  const given = SEARCH_FIELDS.flatMap((name) => {
    const value = params.get(name)?.trim() ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** Empty fields are left out, and the order is always the same, so that one search has one address. */
export function searchHref(query: SearchQuery): string {
  const params = new URLSearchParams();
  for (const name of SEARCH_FIELDS) {
    const value = query[name];
    if (value !== undefined && value !== '') params.set(name, value);
  }
  return params.size === 0 ? '/search' : `/search?${params}`;
}

export const callHref = (id: string): string => `/call/${encodeURIComponent(id)}`;

export const overviewHref = (span: Span): string => (span === '24h' ? '/overview' : `/overview?last=${span}`);

/** The question to the server: a span such as `24h` counts back from now. */
export function apiQuery(query: SearchQuery, now: number): string {
  const { last, ...rest } = query;
  const params = new URLSearchParams(Object.entries(rest));
  if (isSpan(last) && !params.has('from')) params.set('from', String(now - SPANS[last]));
  return params.toString();
}
