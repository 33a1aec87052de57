/** Of this SDK, as the gateway hears it. */
export const VERSION = '0.1.0';
