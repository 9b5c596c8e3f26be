import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { JobChange } from './tracing.ts';

interface RunningJob {
  readonly span: Span;
  /** When the last epoch ended, or the job began. */
  lastAt: number;
}

/** How many requests that made a job are remembered until it begins. */
const mostQueued = 1_000;

/** A span for each attempt at a job, linked to the request that made it, and one below it for each epoch. */
export function createJobSpans(tracer: Tracer): (change: JobChange) => void {
  const makers = new Map<string, Link>();
  const running = new Map<string, RunningJob>();
  return ({ id, kind, model, change }) => {
    const attributes = {
      'glimpse.job.id': id,
      'glimpse.job.kind': kind,
      ...(model !== undefined && { 'glimpse.model': model }),
    };
    if (change.type === 'queued') {
      const maker = trace.getSpanContext(context.active());
      if (maker && makers.size < mostQueued) makers.set(id, { context: maker });
      return;
    }
    if (change.type === 'begun') {
      const maker = makers.get(id);
      const span = tracer.startSpan(
        `job ${kind}`,
        { root: true, attributes, ...(maker && { links: [maker] }) },
        ROOT_CONTEXT,
      );
      running.get(id)?.span.end();
      running.set(id, { span, lastAt: Date.now() });
      return;
    }
    const job = running.get(id);
    if (change.type === 'epoch' && job) {
      const [startTime, endTime] = [job.lastAt, Date.now()];
      const parent = trace.setSpan(ROOT_CONTEXT, job.span);
      const figures = Object.entries(change.figures).map(([name, value]) => [
        `glimpse.${name}`,
        value,
      ]);
      tracer
        .startSpan('epoch', { startTime, attributes: Object.fromEntries(figures) }, parent)
        .end(endTime);
      job.lastAt = endTime;
    }
    if (change.type !== 'ended') return;
    makers.delete(id);
    running.delete(id);
    if (!job) return;
    job.span.setAttribute('glimpse.job.state', change.state);
    if (change.code !== undefined) {
      job.span.setAttribute('error.type', change.code);
      job.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    job.span.end();
  };
}
