import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { InMemorySpanExporter, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { CALL_ID, recordOf, STARTED_AT, timelineOf, verdictOf } from '../../testing/closed-calls.js';
import { recordingLog } from '../../testing/records.js';
import { MOST_WAITING, Traces } from './traces.js';

/** Keeps what it is given, also after its end. */
class Kept implements SpanExporter {
  readonly spans: ReadableSpan[] = [];
  readonly #inner = new InMemorySpanExporter();

  export(...[spans, done]: Parameters<SpanExporter['export']>): void {
    this.spans.push(...spans);
    this.#inner.export(spans, done);
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown();
  }
}

function start(exporter: SpanExporter) {
  const { log, records } = recordingLog();
  return { traces: new Traces({ exporter, service: 'earshot', log }), records };
}

const answered = timelineOf([[3_000, { type: 'call.state', state: 'answered' }]]);

describe('a trace', () => {
  it('has the id of its call, and its spans hang together', async () => {
    const kept = new Kept();
    const { traces } = start(kept);
    traces.closed(answered, recordOf({ result: 'failed', code: 'sip.busy' }), [verdictOf()]);
    expect(traces.receiver.status()).toMatchObject({ waiting: 4 });
    await traces.stop();
    const byName = new Map(kept.spans.map((span) => [span.name, span]));
    expect([...byName.keys()].sort()).toEqual(['answer to audio', 'call', 'callee leg', 'caller leg']);
    const root = byName.get('call');
    expect(root?.parentSpanContext).toBeUndefined();
    expect(new Set(kept.spans.map((span) => span.spanContext().traceId))).toEqual(new Set([CALL_ID]));
    expect(byName.get('caller leg')?.parentSpanContext?.spanId).toBe(root?.spanContext().spanId);
    expect(root?.startTime).toEqual([STARTED_AT / 1000, 0]);
    expect(root?.duration).toEqual([60, 0]);
    expect(root?.status).toEqual({ code: 2 });
    expect(root?.attributes['error.type']).toBe('sip.busy');
    expect(root?.events).toMatchObject([{ name: 'earshot.verdict', time: [STARTED_AT / 1000 + 1, 0] }]);
    expect(root?.resource.attributes).toMatchObject({ 'service.name': 'earshot' });
    expect(traces.receiver.status()).toMatchObject({ isUp: true, sent: 4, waiting: 0, lost: 0 });
  });

  it('has another id where a call id is none of a trace', async () => {
    const kept = new Kept();
    const { traces } = start(kept);
    traces.closed({ ...answered, callId: 'not-hexadecimal' }, recordOf(), []);
    await traces.stop();
    expect(kept.spans[0]?.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is lost as a whole where too many wait', async () => {
    const stuck: SpanExporter = { export: () => {}, shutdown: async () => {} };
    const { traces } = start(stuck);
    for (let index = 0; index < MOST_WAITING; index += 1) traces.closed(answered, recordOf(), []);
    expect(traces.receiver.status()).toMatchObject({ waiting: MOST_WAITING, lost: 4 * MOST_WAITING - MOST_WAITING });
  });
});

describe('a receiver of traces that comes back', () => {
  it('is named once when it goes, and once when it comes', async () => {
    const answers = [1, 1, 0];
    const flaky: SpanExporter = {
      export: (_spans, done) => done({ code: answers.shift() ?? 0 }),
      shutdown: async () => {},
    };
    const { traces, records } = start(flaky);
    // As many spans as make a batch, three times.
    for (let batch = 0; batch < 3; batch += 1) {
      for (let index = 0; index < 128; index += 1) traces.closed(answered, recordOf(), []);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await traces.stop();
    expect(records).toMatchObject([
      { level: 40, receiver: 'otel', code: 'outward.unreachable' },
      { level: 30, receiver: 'otel', lost: 1_024 },
    ]);
    expect(traces.receiver.status()).toMatchObject({ isUp: true, sent: 512, lost: 1_024, waiting: 0 });
  });
});

describe('a receiver of traces', () => {
  let server: Server;
  afterEach(() => void server.close());

  async function serve(answer: () => number) {
    const bodies: string[] = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(answer(), { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return { bodies, url: `http://127.0.0.1:${port}/v1/traces` };
  }

  it('is sent OTLP in JSON', async () => {
    const { bodies, url } = await serve(() => 200);
    const { traces, records } = start(new OTLPTraceExporter({ url, timeoutMillis: 2_000 }));
    traces.closed(answered, recordOf(), []);
    await traces.stop();
    const [batch] = bodies.map((body) => JSON.parse(body).resourceSpans[0]);
    expect(batch.resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'earshot' } });
    expect(batch.scopeSpans[0].spans.map(({ traceId }: { traceId: string }) => traceId)).toEqual(
      new Array(4).fill(CALL_ID),
    );
    expect(records).toEqual([]);
  });

  it('that refuses is named once, without its address, and harms nobody', async () => {
    const { url } = await serve(() => 400);
    const { traces, records } = start(new OTLPTraceExporter({ url, timeoutMillis: 1_000 }));
    traces.closed(answered, recordOf(), []);
    traces.closed(answered, recordOf(), []);
    await traces.stop();
    expect(records).toMatchObject([{ level: 40, receiver: 'otel', code: 'outward.unreachable' }]);
    expect(JSON.stringify(records)).not.toContain('127.0.0.1');
    expect(traces.receiver.status()).toMatchObject({ isUp: false, sent: 0, lost: 8, waiting: 0 });
  });
});
