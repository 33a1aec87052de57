import { vi } from 'vitest';

/**
 * With fake timers, which the clock follows: a function that sets the clock forward by so many ms while no timer fires,
 * as where the process stood still.
 */
export function standsStill(): (ms: number) => void {
  const follow = performance.now.bind(performance);
  let ahead = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => follow() + ahead);
  return (ms) => {
    ahead += ms;
  };
}
