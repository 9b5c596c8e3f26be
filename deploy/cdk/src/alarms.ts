import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import {
  type ApplicationLoadBalancer,
  type ApplicationTargetGroup,
  HttpCodeElb,
  HttpCodeTarget,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Subscription, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { skipCheck } from './acknowledged-findings.ts';
import type { Balancer } from './balancer.ts';
import { modelMetric, serverMetric } from './metrics.ts';
import type { Settings } from './settings.ts';

/** Where alarms are told: the topic that was given, or a new one. */
export function alarmTopic(scope: Construct, { alarms: { topicArn, email } }: Settings): ITopic {
  if (topicArn !== null) return Topic.fromTopicArn(scope, 'Topic', topicArn);
  const topic = new Topic(scope, 'Topic', { enforceSSL: true });
  const { account } = Stack.of(scope);
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Alarms',
      effect: Effect.ALLOW,
      principals: ['cloudwatch', 'events'].map(
        (name) => new ServicePrincipal(`${name}.amazonaws.com`),
      ),
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
  skipCheck(
    topic,
    'CKV_AWS_26',
    'Alarms of CloudWatch reach no topic that is encrypted by the key of SNS; what they say is no secret.',
  );
  if (email !== null) {
    new Subscription(scope, 'Email', {
      topic,
      protocol: SubscriptionProtocol.EMAIL,
      endpoint: email,
    });
  }
  return topic;
}

/** The alarms, of which it returns those that say that the version which is being deployed is bad. */
export function serviceAlarms(
  scope: Construct,
  settings: Settings,
  topic: ITopic,
  balancer: Balancer,
): Alarm[] {
  const { name, models, alarms } = settings;
  const alarm = alarmsOf(scope, topic);
  const errors = alarm('Errors', {
    metric: errorPercent(balancer.loadBalancer),
    above: alarms.errorPercent,
    minutes: [3, 5],
    meaning: `More than ${alarms.errorPercent} % of the requests are answered by a 5xx.`,
  });
  const latency = alarm('Latency', {
    metric: serverMetric(name, 'PredictSeconds', 'p99'),
    above: alarms.latencySeconds,
    minutes: [3, 5],
    meaning: `One of a hundred predictions takes more than ${alarms.latencySeconds} s.`,
  });
  alarm('Quarantine', {
    metric: serverMetric(name, 'Quarantines', 'Sum'),
    above: 0,
    minutes: [1, 1],
    meaning: 'A version was set aside: its bytes, its manifest or its answers are wrong.',
  });
  alarm('FailedJobs', {
    metric: serverMetric(name, 'FailedJobs', 'Sum'),
    above: 0,
    minutes: [1, 1],
    meaning: 'A job failed: its record says why (GET /jobs).',
  });
  for (const model of models) {
    alarm(`Drift-${model}`, {
      metric: modelMetric(name, 'DriftPsi', model, 'Maximum', Duration.minutes(5)),
      above: alarms.driftPsi,
      minutes: [3, 3],
      meaning: `What "${model}" is asked is no longer what it was trained on (docs/operations.md).`,
    });
  }
  if (settings.tasks.max > 0) noHealthyTask(alarm, balancer.targetGroups);
  return [errors, latency];
}

interface Limit {
  readonly metric: IMetric;
  readonly above: number;
  /** In so many of so many periods. */
  readonly minutes: readonly [of: number, among: number];
  readonly meaning: string;
  /** Below the limit instead of above it, and where nothing is measured. */
  readonly isFloor?: boolean;
}

type AddAlarm = (id: string, limit: Limit) => Alarm;

function alarmsOf(scope: Construct, topic: ITopic): AddAlarm {
  return (id, { metric, above, minutes: [of, among], meaning, isFloor = false }) => {
    const alarm = new Alarm(scope, `Alarm${id}`, {
      metric,
      threshold: above,
      datapointsToAlarm: of,
      evaluationPeriods: among,
      alarmDescription: meaning,
      comparisonOperator: isFloor
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: isFloor ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      // What a rollback asks for must have a name before it is made.
      alarmName: `${Stack.of(scope).stackName}-${id}`,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
    return alarm;
  };
}

/** Of the requests of a minute with twenty or more; a single failure in a quiet night is no alarm. */
function errorPercent(balancer: ApplicationLoadBalancer): MathExpression {
  const period = Duration.minutes(1);
  const count = { statistic: 'Sum', period };
  return new MathExpression({
    expression: 'IF(requests >= 20, 100 * (FILL(answered, 0) + FILL(refused, 0)) / requests, 0)',
    usingMetrics: {
      requests: balancer.metrics.requestCount(count),
      answered: balancer.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, count),
      refused: balancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, count),
    },
    period,
    label: '5xx answers in percent',
  });
}

/** With blue/green one of the two groups is empty most of the time. */
function noHealthyTask(alarm: AddAlarm, groups: readonly ApplicationTargetGroup[]): void {
  const period = Duration.minutes(1);
  const counts = Object.fromEntries(
    groups.map((group, index) => [
      `group${index}`,
      group.metrics.healthyHostCount({ statistic: 'Minimum', period }),
    ]),
  );
  const expression = Object.keys(counts)
    .map((id) => `FILL(${id}, 0)`)
    .join(' + ');
  alarm('NoHealthyTask', {
    metric: new MathExpression({
      expression,
      usingMetrics: counts,
      period,
      label: 'healthy tasks',
    }),
    above: 1,
    minutes: [2, 2],
    meaning: 'No task answers /readyz: there is nobody to predict.',
    isFloor: true,
  });
}
