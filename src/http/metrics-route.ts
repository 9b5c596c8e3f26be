import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';
import type { ExpositionFormat } from '../metrics/open-metrics.ts';
import { Type } from '../schema/builder.ts';

/** The metrics for Prometheus, in its text format or, when the client prefers it, as OpenMetrics. */
export function registerMetricsRoute(app: FastifyInstance, metrics: Metrics): void {
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['metrics'],
        operationId: 'getMetrics',
        summary: 'Everything that is counted and timed, for Prometheus.',
        description: 'docs/metrics.md lists every metric with its type, labels and meaning.',
        response: {
          200: {
            description: 'One line per series; OpenMetrics when the accept header prefers it.',
            content: {
              'text/plain': { schema: Type.String() },
              'application/openmetrics-text': { schema: Type.String() },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { contentType, body } = await metrics.render(formatFor(request.headers.accept));
      return reply
        .type(contentType)
        .header('cache-control', 'no-store')
        .header('vary', 'accept')
        .send(body);
    },
  );
}

/** OpenMetrics when the accept header names a version of it that we write and gives plain text no larger weight. */
export function formatFor(accept = ''): ExpositionFormat {
  const [open, plain] = [bestQuality(accept, isOpenMetrics), bestQuality(accept, isPlainText)];
  return open > 0 && open >= plain ? 'openmetrics' : 'prometheus';
}

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const isPlainText = ({ type }: MediaRange): boolean => type === 'text/plain';

/** 0.0.1 is the draft of the same format; scrapers send both. */
function isOpenMetrics({ type, parameters }: MediaRange): boolean {
  const version = parameters.get('version') ?? '1.0.0';
  return type === 'application/openmetrics-text' && ['1.0.0', '0.0.1'].includes(version);
}

/** The largest weight that an accept header gives to a media range of this kind; 0 when it has none. */
function bestQuality(accept: string, matches: (range: MediaRange) => boolean): number {
  const weights = accept
    .split(',')
    .map(toRange)
    .filter(matches)
    .map(({ parameters }) => Number(parameters.get('q') ?? 1));
  return Math.max(0, ...weights.filter((weight) => weight >= 0));
}

function toRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  return {
    type,
    parameters: new Map(
      parameters.map((parameter) => {
        const [name = '', value = ''] = parameter.split('=', 2);
        return [name.trim(), value.trim().replaceAll('"', '')] as const;
      }),
    ),
  };
}
