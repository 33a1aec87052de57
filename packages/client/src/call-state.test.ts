import { expect, it } from 'vitest';
import { type CallFacts, clientCallState } from './call-state.js';

const FACTS: CallFacts = {
  ...{ server: 'connected', incoming: false, wanted: true, microphone: true, mediaLost: false, ended: false },
};

it('is never connected before the gateway says so', () => {
  expect(clientCallState({ ...FACTS, server: undefined })).toBe('calling');
  expect(clientCallState({ ...FACTS, server: 'answered' })).toBe('answered');
  expect(clientCallState({ ...FACTS, microphone: false })).toBe('microphone');
  expect(clientCallState(FACTS)).toBe('connected');
});

it('tells a hold of the far end from silence, and from a path that is lost', () => {
  expect(clientCallState({ ...FACTS, server: 'held' })).toBe('held');
  expect(clientCallState({ ...FACTS, server: 'held', mediaLost: true })).toBe('reconnecting');
});
