import type { Post } from './delivery.js';

/** By the HTTP client of the runtime. The body of the answer is of no interest. */
export const postByFetch: Post = async (url, headers, body, signal) => {
  const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
  await answer.body?.cancel();
  const seconds = answer.headers.get('retry-after') ?? '';
  return { status: answer.status, ...(/^\d{1,6}$/.test(seconds) ? { retryAfterMs: Number(seconds) * 1000 } : {}) };
};
