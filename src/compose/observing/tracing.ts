import type { Logger } from 'pino';
import { isTracingAsked } from '../../config.ts';
import { packageVersion } from '../../package.ts';
import type { Tracing } from '../../tracing/tracing.ts';

/** Traces of this process, where the environment asks for them; the SDK is loaded only then. */
export async function openTracing(logger: Logger): Promise<Tracing | undefined> {
  if (!isTracingAsked()) return undefined;
  const { startTracing } = await import('../../tracing/open-telemetry.ts');
  logger.info('traces are sent by OpenTelemetry, as OTEL_ variables say');
  return startTracing({
    version: packageVersion,
    onProblem: (problem) => logger.warn({ problem }, 'tracing problem'),
  });
}
