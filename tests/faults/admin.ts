import { request } from 'node:http';
import type { CallDetails } from '@earshot/telemetry';
import { until } from '../harness/process.js';

/** Where an operator asks about calls: by a URL, or by a socket of the file system that leads into a namespace. */
export type AdminPlace = { readonly url: string } | { readonly socketPath: string };

export class Admin {
  readonly #place: AdminPlace;

  constructor(place: AdminPlace) {
    this.#place = place;
  }

  /** What is known of a call; undefined where it is not known (yet). */
  async details(callId: string): Promise<CallDetails | undefined> {
    const found = await this.#get(`/api/calls/${callId}`);
    return found.status === 200 ? (JSON.parse(found.text) as CallDetails) : undefined;
  }

  /** The same once the call has ended, or as it stands after `timeoutMs`. */
  async ended(callId: string, timeoutMs: number): Promise<CallDetails | undefined> {
    let last: CallDetails | undefined;
    const look = async (): Promise<CallDetails | undefined> => {
      last = await this.details(callId).catch(() => last);
      return last?.record !== undefined && !last.record.provisional ? last : undefined;
    };
    return await until('the end of the call', look, timeoutMs).catch(() => last);
  }

  #get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const place = this.#place;
    return new Promise((resolve, reject) => {
      const asked = 'url' in place ? request(`${place.url}${path}`) : request({ ...place, path, host: 'localhost' });
      asked.on('error', reject);
      asked.setTimeout(5000, () => asked.destroy(new Error('the admin listener does not answer')));
      asked.on('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      });
      asked.end();
    });
  }
}
