/** Host and port of a SIP URI that can be reached over UDP, or undefined. `sips:` asks for TLS on every hop. */
export function hostPortOf(uri: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^sip:(?:[^@]*@)?(\[[0-9A-Fa-f:.]+\]|[^:;?@[\]]+)(?::(\d{1,5}))?(?:[;?](.*))?$/.exec(uri);
  const [, host, digits = '5060', parameters = ''] = match ?? [];
  const port = Number(digits);
  if (host === undefined || port === 0 || port > 65_535) return undefined;
  return /(?:^|;)transport=(?!udp(?:;|$))/i.test(parameters) ? undefined : { host, port };
}
