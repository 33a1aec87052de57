import { Headers, headerKey } from '../message/headers.js';
import type { ExtraHeaders } from './types.js';

/** What only the agent itself writes. */
const RESERVED: ReadonlySet<string> = new Set([
  'via',
  'from',
  'to',
  'call-id',
  'cseq',
  'contact',
  'content-length',
  'content-type',
  'max-forwards',
  'record-route',
  'require',
  'route',
  'session-id',
  'supported',
]);

/** A caller's own headers, without those it may not set and those whose name is no token. */
export function extraHeaders(headers: ExtraHeaders | undefined): Headers {
  const all = Headers.of(headers ?? {});
  const allowed = all.fields.filter(({ name }) => !RESERVED.has(headerKey(name)) && /^[\w.!%*+`'~-]+$/.test(name));
  return new Headers(allowed);
}
