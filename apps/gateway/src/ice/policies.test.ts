import { expect, it } from 'vitest';
import { routePolicies } from './policies.js';

it('says nothing where no route has a policy of its own', () => {
  expect(routePolicies([{ match: '*' }], 'auto')).toEqual([]);
  expect(routePolicies([{ match: '*', icePolicy: 'auto' }], 'auto')).toEqual([]);
});

it('lets the first route that fits decide, also where it has none', () => {
  const routes = [{ match: '+491*' }, { match: '+49*', icePolicy: 'relay' as const }, { match: 'desk' }];
  expect(routePolicies(routes, 'all')).toEqual([
    { match: '+491*', policy: 'all' },
    { match: '+49*', policy: 'relay' },
  ]);
});
