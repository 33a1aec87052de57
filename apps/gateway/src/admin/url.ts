import { formatAddress } from '@earshot/base';

/** Where a listener on `host` is reached from this machine. */
export function adminUrl({ host, port }: { readonly host: string; readonly port: number }): string {
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${formatAddress({ address, port })}`;
}
