import type { IcePolicy, IceSettings } from '@earshot/signaling';

interface RouteWithPolicy {
  readonly match: string;
  readonly icePolicy?: IcePolicy | undefined;
}

/** What the protocol carries of them. */
export const MOST_POLICIES = 256;

/**
 * The policies of routes, as browsers apply them: the first whose pattern fits decides. A route without a policy of its
 * own stands before a later one that has another, since it decides there as well.
 */
export function routePolicies(routes: readonly RouteWithPolicy[], policy: IcePolicy): IceSettings['policies'] {
  const last = routes.findLastIndex((route) => (route.icePolicy ?? policy) !== policy);
  return routes.slice(0, last + 1).map((route) => ({ match: route.match, policy: route.icePolicy ?? policy }));
}
