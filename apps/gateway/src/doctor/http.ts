import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { err, fault, ok, type Result } from '@earshot/base';

export interface HttpAnswer {
  readonly status: number;
  /** Parsed where it is JSON. */
  readonly body: unknown;
  /** The Date header, in ms. */
  readonly date: number | undefined;
  /** When the answer began to arrive, by this machine's clock. */
  readonly receivedAt: number;
}

const DEADLINE_MS = 5_000;
/** More of a body is not read. */
const MAX_BODY = 65_536;

/** One GET. Certificates are judged elsewhere, so none is refused here. Fault: `server.port_unreachable`. */
export function get(url: URL): Promise<Result<HttpAnswer>> {
  const isSecure = url.protocol === 'https:';
  return new Promise((resolve) => {
    const fail = (detail: string): void => resolve(err(fault('server.port_unreachable', detail, url.href)));
    const options = { timeout: DEADLINE_MS, agent: false, ...(isSecure ? { rejectUnauthorized: false } : {}) };
    const request = (isSecure ? requestSecure : requestPlain)(url, options, (response) => {
      const receivedAt = Date.now();
      const date = Date.parse(response.headers.date ?? '');
      let text = '';
      // What cuts it short is told by the request.
      response.on('error', () => {});
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_BODY) request.destroy(new Error('the answer is too long'));
      });
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        resolve(ok({ status, body: parse(text), date: Number.isNaN(date) ? undefined : date, receivedAt }));
      });
    });
    const overdue = setTimeout(() => request.destroy(new Error('no answer')), DEADLINE_MS);
    request.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    request.on('close', () => {
      clearTimeout(overdue);
      fail('the answer was cut short');
    });
    request.end();
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether an answer of /healthz comes from this program. */
export const isHealthy = ({ status, body }: HttpAnswer): boolean =>
  status === 200 && typeof body === 'object' && body !== null && 'ok' in body && body.ok === true;
