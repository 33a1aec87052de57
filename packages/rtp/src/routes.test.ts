import type { AudioCodec, LegMedia } from '@earshot/base';
import { expect, it } from 'vitest';
import { mayForward, planRoutes } from './routes.js';
import { leg, OPUS, PCMA, PCMU } from './testing/legs.js';

const G722: AudioCodec = { name: 'G722', payloadType: 9, clockRate: 8000 };

it.each<[source: AudioCodec, destination: readonly AudioCodec[], opus: boolean, expected: string]>([
  [PCMA, [PCMA], true, 'pass to PCMA'],
  [PCMA, [OPUS, PCMA], true, 'pass to PCMA'],
  [OPUS, [OPUS], false, 'pass to opus'],
  [G722, [PCMA, G722], true, 'pass to G722'],
  [PCMU, [PCMA], false, 'convert to PCMA'],
  [PCMU, [OPUS, PCMA], true, 'transcode to opus'],
  [PCMU, [OPUS, PCMA], false, 'convert to PCMA'],
  [OPUS, [PCMU, PCMA], true, 'transcode to PCMU'],
  [OPUS, [G722, PCMA], true, 'transcode to PCMA'],
  [OPUS, [PCMA], false, 'none'],
  [G722, [PCMA], true, 'none'],
  [PCMA, [G722], true, 'none'],
])('%o into %o (libopus: %s): %s', (source, destination, opus, expected) => {
  const route = planRoutes(leg([source]), leg(destination), opus)[source.payloadType];
  const target = route !== undefined && 'target' in route ? ` to ${route.target.name}` : '';
  expect(`${route?.kind}${target}`).toBe(expected);
});

it('routes telephone-events, and nothing that was not negotiated', () => {
  const routes = planRoutes(leg([PCMA]), leg([PCMA]), true);
  expect(routes[101]).toMatchObject({ kind: 'event' });
  expect(routes.filter((route) => route !== undefined).length).toBe(2);
});

it('obeys the directions of both legs', () => {
  const directions: readonly LegMedia['direction'][] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
  const allowed = directions.flatMap((from) =>
    directions
      .filter((to) => mayForward(leg([PCMA], { direction: from }), leg([PCMA], { direction: to })))
      .map((to) => `${from} > ${to}`),
  );
  expect(allowed).toEqual(['sendrecv > sendrecv', 'sendrecv > sendonly', 'recvonly > sendrecv', 'recvonly > sendonly']);
});
