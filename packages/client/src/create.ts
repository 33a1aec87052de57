import type { Browser } from './browser.js';
import type { Call } from './call.js';
import type { CallOptions } from './call-events.js';
import { helpPage } from './page/page-helpers.js';
import { Phone, type PhoneOptions } from './phone.js';
import { systemBrowser } from './system-browser.js';

let browser: Browser | undefined;

/** The newest phone of each address, and the newest token that a page gave for it. */
const phones = new Map<string, { readonly phone: Phone; token: PhoneOptions['token'] }>();

/**
 * Makes a phone: one session with the gateway, opened by `connect()`, by the first call, or by `available = true`. It
 * touches nothing of the browser before, so a server may import and run it. Throws nothing.
 */
export function createPhone(options: PhoneOptions): Phone {
  const { page, token, url } = options;
  // One for all phones: a page has one microphone.
  browser ??= systemBrowser();
  const newest = async (): Promise<string> => {
    const entry = phones.get(url);
    const given = entry?.phone === phone ? entry.token : token;
    return typeof given === 'string' ? given : await given();
  };
  const phone: Phone = new Phone({ ...options, token: newest }, browser);
  phones.set(url, { phone, token });
  if (page !== false) helpPage(phone, page);
  return phone;
}

export interface CreateCallOptions extends PhoneOptions, CallOptions {
  /** A line name, a number or a SIP address. */
  readonly to: string;
}

/**
 * Calls in one line, by the page's phone of this `url`, which is made if there is none yet; its other options are then
 * those of the first time, and the token the newest. Call it inside the user's gesture: the microphone is asked for
 * before it returns. What goes wrong ends the call, and is in its `end`. Throws nothing.
 */
export function createCall(options: CreateCallOptions): Call {
  const { url, token, to } = options;
  const entry = phones.get(url);
  if (entry !== undefined) entry.token = token;
  return (entry?.phone ?? createPhone(options)).call(to, options);
}
