import type { Call, Phone } from '@earshot/client';
import './earshot-page.js';

declare global {
  /** For tests and the curious: the phone of this page, and its latest call. */
  var earshot: { readonly phone: Phone | undefined; readonly call: Call | undefined };
}
