import { networkInterfaces } from 'node:os';

/** For `it.skipIf`: whether this machine has no IPv6 of its own. What is left out then cannot be had there; `npm test` counts it. */
export const lacksIpv6 = (): boolean =>
  !Object.values(networkInterfaces()).some((entries) => entries?.some(({ address }) => address === '::1'));
