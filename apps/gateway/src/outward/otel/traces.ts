import type { CallRecord, CallTimeline, Verdict } from '@earshot/telemetry';
import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Log } from '../../log.js';
import type { CallObserver } from '../../timeline/observer.js';
import { VERSION } from '../../version.js';
import { Receiver } from '../receiver.js';
import { type SpanFacts, traceOfCall } from './trace-of-call.js';

/** Spans that wait or are under way. Beyond, whole traces are lost rather than parts of them. */
export const MOST_WAITING = 4_096;
const BATCH = 512;
const DELAY_MS = 2_000;
const EXPORT_TIMEOUT_MS = 10_000;
/** At a stop, what waits has so long. */
const FLUSH_MS = 2_000;

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, server: SpanKind.SERVER } as const;

export interface TracesOptions {
  readonly exporter: SpanExporter;
  readonly service: string;
  readonly log: Log;
}

/** One trace for each call, when nothing more of it is to come. Its trace id is the id of the call. */
export class Traces implements CallObserver {
  readonly receiver: Receiver;
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;
  readonly #ids = new CallIds();
  #waiting = 0;

  constructor({ exporter, service, log }: TracesOptions) {
    this.receiver = new Receiver('otel', log, () => this.#waiting);
    const watched = watchedExporter(exporter, (count, error) => this.#settled(count, error));
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': service, 'service.version': VERSION }),
      sampler: new AlwaysOnSampler(),
      idGenerator: this.#ids,
      spanProcessors: [
        new BatchSpanProcessor(watched, {
          maxQueueSize: MOST_WAITING,
          maxExportBatchSize: BATCH,
          scheduledDelayMillis: DELAY_MS,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('earshot', VERSION);
  }

  closed(timeline: CallTimeline, record: CallRecord, verdicts: readonly Verdict[]): void {
    const facts = traceOfCall(timeline, record, verdicts);
    const count = sizeOf(facts);
    if (this.#waiting + count > MOST_WAITING) {
      this.receiver.gaveUp(count);
      return;
    }
    this.#waiting += count;
    this.#ids.name(timeline.callId);
    this.#write(facts, ROOT_CONTEXT);
  }

  /** What waits is sent, if the receiver takes it soon. */
  async stop(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_MS);
    });
    // A receiver that is away has been named before.
    await Promise.race([this.#provider.shutdown().catch(() => undefined), enough]);
    clearTimeout(timer);
  }

  #write({ name, kind, start, end, attributes, events, error, children }: SpanFacts, context: Context): void {
    const span = this.#tracer.startSpan(name, { kind: KINDS[kind], startTime: new Date(start), attributes }, context);
    for (const event of events) span.addEvent(event.name, event.attributes, new Date(event.at));
    if (error !== undefined) {
      span.setAttribute('error.type', error);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    const inside = trace.setSpan(context, span);
    for (const child of children) this.#write(child, inside);
    span.end(new Date(end));
  }

  #settled(count: number, error: Error | undefined): void {
    this.#waiting -= count;
    if (error === undefined) {
      this.receiver.took(count);
      return;
    }
    this.receiver.failed(reasonOf(error));
    this.receiver.gaveUp(count);
  }
}

const sizeOf = ({ children }: SpanFacts): number => children.reduce((sum, child) => sum + sizeOf(child), 1);

/** A word of the system or a status; messages may name the URL. */
function reasonOf(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' || typeof code === 'number' ? String(code) : 'the export failed';
}

/** Random ids, but for the trace that was named. */
class CallIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #next: string | undefined;

  /** The next trace is that of this call, whose id is 32 hexadecimal digits as a rule. */
  name(callId: string): void {
    this.#next = /^[0-9a-f]{32}$/.test(callId) && !/^0+$/.test(callId) ? callId : undefined;
  }

  readonly generateTraceId = (): string => this.#next ?? this.#random.generateTraceId();
  readonly generateSpanId = (): string => this.#random.generateSpanId();
}

function watchedExporter(
  exporter: SpanExporter,
  settled: (count: number, error: Error | undefined) => void,
): SpanExporter {
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        // ExportResultCode.FAILED
        const failure = result.code === 1 ? (result.error ?? new Error('the export failed')) : undefined;
        settled(spans.length, failure);
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
