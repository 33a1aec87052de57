import { type Fault, fault, type Millis } from '@earshot/base';
import type { CallDetails, CallPage, LiveCall, Overview } from '@earshot/telemetry';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sendFault } from '../http/server.js';
import { exportFile } from './export.js';
import type { OperatorCalls } from './operator-calls.js';
import { readCallQuery, readExport, readSpan } from './query.js';

/** Running calls in one answer; how many there are is in the header `x-total-count`. */
const MAX_LIVE = 500;

export interface ApiOptions {
  readonly calls: OperatorCalls;
  readonly timeOfDay: () => Millis;
}

type ById = { Params: { id: string } };

/** What pages and commands are made of; its shapes are those of `explorer.ts` of the telemetry package. */
export function apiRoutes(app: FastifyInstance, { calls, timeOfDay }: ApiOptions): void {
  app.get('/api/live', async (_request, reply) => {
    const live = calls.live();
    reply.header('x-total-count', live.length);
    return live.slice(0, MAX_LIVE) satisfies readonly LiveCall[];
  });
  app.get('/api/calls', async (request, reply) => {
    const query = readCallQuery(request.query);
    if (!query.ok) return refuse(reply, query.error);
    return (await calls.search(query.value)) satisfies CallPage;
  });
  app.get<ById>('/api/calls/:id', async (request, reply) => {
    const found = await calls.find(request.params.id);
    if (found === undefined) return sendFault(reply, 404, fault('call.unknown'));
    return found satisfies CallDetails;
  });
  app.get<ById>('/api/calls/:id/export', async (request, reply) => {
    const format = readExport(request.query);
    if (!format.ok) return refuse(reply, format.error);
    const found = await calls.find(request.params.id);
    if (found === undefined) return sendFault(reply, 404, fault('call.unknown'));
    const { name, type, body } = exportFile(found, format.value);
    return reply.header('content-disposition', `attachment; filename="${name}"`).type(type).send(body);
  });
  app.get('/api/overview', async (request, reply) => {
    const span = readSpan(request.query, timeOfDay());
    if (!span.ok) return refuse(reply, span.error);
    return (await calls.overview(span.value.from, span.value.until)) satisfies Overview;
  });
}

const refuse = (reply: FastifyReply, failure: Fault): FastifyReply => sendFault(reply, 400, failure);
