import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { full, type Properties, synthesised } from './synthesised.ts';

const policies = (made = synthesised()) =>
  Object.values(made.of('AWS::ApplicationAutoScaling::ScalingPolicy')).map(
    (policy) => policy['TargetTrackingScalingPolicyConfiguration'] as Properties,
  );
const predefined = (made = synthesised()) =>
  policies(made).flatMap(({ PredefinedMetricSpecification: metric }) =>
    metric ? [(metric as { PredefinedMetricType: string }).PredefinedMetricType] : [],
  );
const custom = (made = synthesised()) =>
  policies(made).find((policy) => 'CustomizedMetricSpecification' in policy)!;
const alarms = (made = synthesised()) =>
  Object.values(made.of('AWS::CloudWatch::Alarm')).map((alarm) => ({
    ...alarm,
    name: String(alarm['AlarmName']).replace(/^[^-]+-(full-)?/, ''),
  }));
const alarm = (name: string, made = synthesised()): Properties =>
  alarms(made).find((one) => one.name === name)!;

describe('the number of tasks', () => {
  it('stays between the least and the most', () => {
    const made = synthesised({ tasks: { min: 3, max: 9 } });
    expect(made.only('AWS::ApplicationAutoScaling::ScalableTarget')).toMatchObject({
      MinCapacity: 3,
      MaxCapacity: 9,
      ScalableDimension: 'ecs:service:DesiredCount',
    });
  });

  it('follows requests of a target, processor and queue time', () => {
    expect(predefined().toSorted()).toEqual([
      'ALBRequestCountPerTarget',
      'ECSServiceAverageCPUUtilization',
    ]);
    expect(custom()).toMatchObject({
      TargetValue: 0.1,
      CustomizedMetricSpecification: {
        Metrics: [
          {
            ReturnData: true,
            MetricStat: {
              Stat: 'Maximum',
              Metric: {
                Namespace: 'Glimpse/glimpse',
                MetricName: 'QueueWaitSeconds',
                Dimensions: [{ Name: 'Model', Value: 'digits' }],
              },
            },
          },
        ],
      },
    });
  });

  it('follows the longest queue of several models', () => {
    const { CustomizedMetricSpecification: metric } = custom(synthesised(full)) as {
      CustomizedMetricSpecification: { Metrics: Properties[] };
    };
    expect(metric.Metrics.map(({ ReturnData }) => ReturnData)).toEqual([false, false, true]);
    expect(metric.Metrics[2]).toMatchObject({ Expression: 'MAX([queue0, queue1])' });
  });

  it('does not follow requests with blue/green, whose target groups change places', () => {
    expect(predefined(synthesised(full))).toEqual(['ECSServiceAverageCPUUtilization']);
    const without = synthesised({ scaling: { requestsPerTargetPerMinute: null } });
    expect(predefined(without)).toEqual(['ECSServiceAverageCPUUtilization']);
  });
});

describe('alarms', () => {
  it('are of errors, latency, quarantine, drift, failed jobs and of no healthy task', () => {
    expect(alarms().map(({ name }) => name)).toEqual([
      'Errors',
      'Latency',
      'Quarantine',
      'FailedJobs',
      'Drift-digits',
      'NoHealthyTask',
    ]);
    expect(alarms(synthesised(full)).map(({ name }) => name)).toContain('Drift-fruit');
  });

  it('go by metrics that the server writes, under the names of docs/metrics.md', () => {
    const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
    const figures = page.slice(page.indexOf('## CloudWatch'));
    const ours = alarms(synthesised(full)).filter(({ name }) => !/Errors|NoHealthy/.test(name));
    for (const one of ours) {
      expect(one).toMatchObject({ Namespace: 'Glimpse/glimpse-full' });
      expect(figures).toMatch(new RegExp(`\\b${String((one as Properties)['MetricName'])}\\b`));
    }
    expect(ours).toHaveLength(5);
  });

  it('are raised above their limits, and by a single quarantine or failed job', () => {
    const made = synthesised({
      alarms: { errorPercent: 2, latencySeconds: 0.3, driftPsi: 0.4 },
    });
    expect(alarm('Errors', made)).toMatchObject({ Threshold: 2, DatapointsToAlarm: 3 });
    expect(alarm('Latency', made)).toMatchObject({
      Threshold: 0.3,
      MetricName: 'PredictSeconds',
      ExtendedStatistic: 'p99',
    });
    expect(alarm('Drift-digits', made)).toMatchObject({ Threshold: 0.4, Statistic: 'Maximum' });
    for (const name of ['Quarantine', 'FailedJobs']) {
      expect(alarm(name)).toMatchObject({
        Threshold: 0,
        Statistic: 'Sum',
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationPeriods: 1,
        TreatMissingData: 'notBreaching',
      });
    }
    expect(alarm('NoHealthyTask')).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
  });

  it('count what the load balancer refused as well, and not a single failure at night', () => {
    const metrics = alarm('Errors')['Metrics'] as { Expression?: string }[];
    const [expression] = metrics.flatMap(({ Expression }) => Expression ?? []);
    expect(expression).toBe(
      'IF(requests >= 20, 100 * (FILL(answered, 0) + FILL(refused, 0)) / requests, 0)',
    );
    expect(JSON.stringify(metrics)).toContain('HTTPCode_ELB_5XX_Count');
  });

  it('tell a topic that only this account and TLS reach, or the one that is given', () => {
    const [topic] = Object.keys(synthesised().of('AWS::SNS::Topic'));
    for (const one of alarms()) {
      expect((one as Properties)['AlarmActions']).toEqual([{ Ref: topic }]);
    }
    const policy = JSON.stringify(synthesised().only('AWS::SNS::TopicPolicy'));
    expect(policy).toContain('"aws:SecureTransport":"false"');
    expect(policy).toContain('cloudwatch.amazonaws.com');
    expect(synthesised(full).only('AWS::SNS::Subscription')).toMatchObject({
      Protocol: 'email',
      Endpoint: 'operator@example.com',
    });
    const topicArn = 'arn:aws:sns:eu-west-1:123456789012:operators';
    const given = synthesised({ alarms: { topicArn } });
    expect(given.of('AWS::SNS::Topic')).toEqual({});
    expect(alarm('Errors', given)['AlarmActions']).toEqual([topicArn]);
  });

  it('that tell of a bad version end its deployment', () => {
    const { Alarms: rollback } = synthesised().only('AWS::ECS::Service')[
      'DeploymentConfiguration'
    ] as { Alarms: { AlarmNames: { Ref: string }[] } };
    const names = rollback.AlarmNames.map(({ Ref }) => Ref);
    expect(names).toEqual([
      expect.stringContaining('AlarmErrors'),
      expect.stringContaining('AlarmLatency'),
    ]);
  });
});
