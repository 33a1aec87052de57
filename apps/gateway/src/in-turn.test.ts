import { expect, it } from 'vitest';
import { InTurn } from './in-turn.js';

it('hands on what an output brings about after what was there before', () => {
  const handed: string[] = [];
  const turns = new InTurn<string>((output) => {
    handed.push(output);
    if (output === 'a') turns.add(['a1', 'a2']);
  });
  turns.add(['a', 'b']);
  expect(handed).toEqual(['a', 'b', 'a1', 'a2']);
});

it('goes on after an output that could not be handed on', () => {
  const handed: string[] = [];
  const turns = new InTurn<string>((output) => {
    if (output === 'bad') throw new Error('a bug');
    handed.push(output);
  });
  expect(() => turns.add(['bad', 'left'])).toThrow('a bug');
  turns.add(['next']);
  expect(handed).toEqual(['left', 'next']);
});
