import type { CallDetails, CallPage, LiveCall, Overview } from '@earshot/telemetry';
import { apiQuery, type SearchQuery } from './route.js';

/** Why there is no answer, in words of the error table where the server gave them. */
export class ApiError extends Error {
  readonly code: string;
  readonly what: string;
  readonly next: string;

  constructor(code: string, what: string, next: string) {
    super(what);
    this.code = code;
    this.what = what;
    this.next = next;
  }
}

const UNREACHABLE = new ApiError(
  'server.not_running',
  'The gateway does not answer.',
  'Check that it runs; this page asks again by itself.',
);

async function ask(path: string, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { signal, headers: { accept: 'application/json' } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw UNREACHABLE;
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as Partial<Record<'code' | 'what' | 'next', string>>;
  throw new ApiError(
    body.code ?? `http.${response.status}`,
    body.what ?? 'The gateway gave no answer to this.',
    body.next ?? 'Look at its log.',
  );
}

/** An answer may break off in the middle, too. */
async function read<Answer>(response: Response, signal: AbortSignal): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch (error) {
    if (signal.aborted) throw error;
    throw UNREACHABLE;
  }
}

const json = async <Answer>(path: string, signal: AbortSignal): Promise<Answer> =>
  read(await ask(path, signal), signal);

export interface LivePage {
  readonly calls: readonly LiveCall[];
  /** Those that are not shown included. */
  readonly total: number;
}

export async function liveCalls(signal: AbortSignal): Promise<LivePage> {
  const response = await ask('/api/live', signal);
  const calls = await read<readonly LiveCall[]>(response, signal);
  return { calls, total: Number(response.headers.get('x-total-count') ?? calls.length) };
}

export const searchCalls = (query: SearchQuery, signal: AbortSignal): Promise<CallPage> =>
  json(`/api/calls?${apiQuery(query, Date.now())}`, signal);

export const callDetails = (id: string, signal: AbortSignal): Promise<CallDetails> =>
  json(`/api/calls/${encodeURIComponent(id)}`, signal);

export const overview = (from: number, until: number, signal: AbortSignal): Promise<Overview> =>
  json(`/api/overview?from=${from}&until=${until}`, signal);

export const exportHref = (id: string, format: 'earshot' | 'rtcstats'): string =>
  `/api/calls/${encodeURIComponent(id)}/export?format=${format}`;
