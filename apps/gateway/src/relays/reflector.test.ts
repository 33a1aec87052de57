import { fault } from '@earshot/base';
import type { MediaCommand, MediaEvent } from '@earshot/calls';
import { expect, it } from 'vitest';
import { Reflector } from './reflector.js';

const ADDRESS = { address: '192.0.2.1', port: 40_000 };
const LOCAL = { address: '10.0.0.1', port: 40_000 };

function world(addresses = [ADDRESS]) {
  const sent: MediaCommand[] = [];
  const listeners: ((event: MediaEvent) => void)[] = [];
  const reflector = new Reflector(() => ({
    send: (command) => sent.push(command),
    onEvent: (listener) => listeners.push(listener),
    candidates: () => addresses,
    sockets: [LOCAL],
  }));
  return { sent, listeners, reflector };
}

it('opens one leg, when it is first asked for, and closes it', () => {
  const { sent, reflector } = world();
  expect(sent).toEqual([]);
  expect(reflector.target).toEqual({ addresses: [ADDRESS], local: [LOCAL], ice: reflector.ice });
  expect(reflector.target).toEqual({ addresses: [ADDRESS], local: [LOCAL], ice: reflector.ice });
  expect(sent).toEqual([{ type: 'webrtc.open', callId: 'relay-check', legId: 'relay-check', ice: reflector.ice }]);
  reflector.close();
  expect(sent.at(-1)).toEqual({ type: 'close', legId: 'relay-check' });
});

it('opens another after the worker has failed', () => {
  const { sent, listeners, reflector } = world();
  void reflector.target;
  listeners[0]?.({ type: 'leg.failed', legId: 'relay-check', fault: fault('media.worker_failed') });
  void reflector.target;
  // What the first worker says later concerns nobody.
  listeners[0]?.({ type: 'leg.failed', legId: 'relay-check', fault: fault('media.worker_failed') });
  void reflector.target;
  expect(sent.map(({ type }) => type)).toEqual(['webrtc.open', 'webrtc.open']);
});

it('is nowhere while no address is advertised', () => {
  expect(world([]).reflector.target).toBeUndefined();
});
