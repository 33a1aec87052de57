import { expect, it } from 'vitest';
import { Stops } from './stops.js';

it('stops in reverse order, each once, and each after the one before it', async () => {
  const stops = new Stops();
  const done: string[] = [];
  stops.add(() => void done.push('first'));
  stops.add(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    done.push('second');
  });
  stops.add(() => void done.push('third'));
  await stops.run();
  await stops.run();
  expect(done).toEqual(['third', 'second', 'first']);
});
