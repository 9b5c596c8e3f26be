import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { metricNamespace } from './task.ts';

/** What the server writes into its log for CloudWatch (docs/metrics.md, "CloudWatch"): of all of it, or of a model. */
export type ServerFigure =
  'ServerErrors' | 'PredictSeconds' | 'Quarantines' | 'FailedJobs' | 'Ready';
export type ModelFigure = 'QueueWaitSeconds' | 'DriftPsi';

export function serverMetric(
  name: string,
  figure: ServerFigure,
  statistic: string,
  period = Duration.minutes(1),
): Metric {
  return new Metric({ namespace: metricNamespace(name), metricName: figure, statistic, period });
}

export function modelMetric(
  name: string,
  figure: ModelFigure,
  model: string,
  statistic: string,
  period = Duration.minutes(1),
): Metric {
  return new Metric({
    namespace: metricNamespace(name),
    metricName: figure,
    dimensionsMap: { Model: model },
    statistic,
    period,
  });
}
