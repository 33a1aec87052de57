import { fault } from '@earshot/base';
import { type CallTimeline, explainAll, type MediaPath, type Reach } from '@earshot/telemetry';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { sendFault } from '../http/server.js';
import type { CallPlace, TimelineSource } from '../timeline/index.js';

/** One line of the list of calls. */
export interface CallSummary {
  readonly callId: string;
  /** Unix time in ms. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly caller: CallTimeline['caller'];
  readonly callee?: CallTimeline['callee'];
  /** The last one it was in before it ended. */
  readonly state: string;
  readonly result?: string;
  readonly code?: string;
  readonly paths: readonly Pick<MediaPath, 'via' | 'transport' | 'family'>[];
}

export interface CallList {
  readonly calls: readonly CallSummary[];
  /** Give it as `after` for those that come next; undefined: there are no more. */
  readonly next?: string;
}

export interface CallDetails {
  readonly timeline: CallTimeline;
  /** Of each leg that is a browser. */
  readonly reach: readonly Reach[];
}

const MAX_PAGE = 200;
const query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  after: z
    .string()
    .max(160)
    .regex(/^\d{1,16}\.[\x21-\x7e]{1,128}$/)
    .optional(),
});

export function callRoutes(app: FastifyInstance, timelines: TimelineSource): void {
  app.get('/calls', async (request, reply) => {
    const asked = query.safeParse(request.query);
    if (!asked.success) {
      const issue = asked.error.issues[0];
      return sendFault(reply, 400, fault('http.bad_request', issue?.message, issue?.path.join('.')));
    }
    const { limit, after } = asked.data;
    // One more than asked for tells whether there are any.
    const found = timelines.list(limit + 1, after === undefined ? undefined : readPlace(after));
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const next = found.length > limit && last !== undefined ? { next: printPlace(last) } : {};
    return { calls: shown.map(summaryOf), ...next } satisfies CallList;
  });
  app.get<{ Params: { id: string } }>('/calls/:id', async (request, reply) => {
    const timeline = timelines.find(request.params.id);
    if (timeline === undefined) return sendFault(reply, 404, fault('call.unknown'));
    return { timeline, reach: explainAll(timeline) } satisfies CallDetails;
  });
}

const printPlace = ({ startedAt, callId }: CallPlace): string => `${startedAt}.${callId}`;

function readPlace(text: string): CallPlace {
  const dot = text.indexOf('.');
  return { startedAt: Number(text.slice(0, dot)), callId: text.slice(dot + 1) };
}

function summaryOf(timeline: CallTimeline): CallSummary {
  const { callId, startedAt, endedAt, caller, callee } = timeline;
  let state = 'new';
  let ended: { readonly result: string; readonly code?: string } | undefined;
  for (const { event } of timeline.entries) {
    if (event.type === 'call.state') state = event.state;
    else if (event.type === 'call.ended') ended = event;
  }
  return {
    callId,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    caller,
    ...(callee === undefined ? {} : { callee }),
    state,
    ...(ended === undefined ? {} : { result: ended.result, ...(ended.code === undefined ? {} : { code: ended.code }) }),
    paths: explainAll(timeline).flatMap(({ path }) =>
      path === undefined ? [] : [{ via: path.via, transport: path.transport, family: path.family }],
    ),
  };
}
