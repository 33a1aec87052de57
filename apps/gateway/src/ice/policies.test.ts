import { expect, it } from 'vitest';
import { routePolicies } from './policies.js';

const to = 'sip:a@192.0.2.1';

it('says nothing where no route has a policy of its own', () => {
  expect(routePolicies([{ match: '*', to }], 'auto')).toEqual([]);
  expect(routePolicies([{ match: '*', to, icePolicy: 'auto' }], 'auto')).toEqual([]);
});

it('lets the first route that fits decide, also where it has none', () => {
  const routes = [
    { match: '+491*', to },
    { match: '+49*', to, icePolicy: 'relay' as const },
    { match: 'desk', to },
  ];
  expect(routePolicies(routes, 'all')).toEqual([
    { match: '+491*', policy: 'all' },
    { match: '+49*', policy: 'relay' },
  ]);
});
