/** Every IPv4 and IPv6 address of this machine. One listener is enough: TCP answers from the address that was asked. */
const EVERYWHERE = '::';
const EVERYWHERE_IPV4 = '0.0.0.0';

/** A kernel without IPv6 has no such sockets, or no such address. */
const WITHOUT_IPV6: ReadonlySet<unknown> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

/**
 * Has `listen` listen for TCP on `host`, of which "::" means every address of this machine, IPv4 and IPv6; one without
 * IPv6 does without, as with media and relay. Gives the host that it became. Rejects as `listen` does.
 */
export async function listenOn(host: string, listen: (host: string) => Promise<unknown>): Promise<string> {
  try {
    await listen(host);
    return host;
  } catch (error) {
    if (host !== EVERYWHERE || !WITHOUT_IPV6.has((error as NodeJS.ErrnoException).code)) throw error;
  }
  await listen(EVERYWHERE_IPV4);
  return EVERYWHERE_IPV4;
}

/** The same as hosts of one family each. */
export const hostsOf = (host: string): readonly string[] => (host === EVERYWHERE ? [EVERYWHERE_IPV4, host] : [host]);
