import { Duration, Stack } from 'aws-cdk-lib';
import {
  CfnScalingPolicy,
  PredefinedMetric,
  ScalableTarget,
  ServiceNamespace,
} from 'aws-cdk-lib/aws-applicationautoscaling';
import type { Cluster, FargateService } from 'aws-cdk-lib/aws-ecs';
import { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Balancer } from './balancer.ts';
import { modelMetric } from './metrics.ts';
import type { Settings } from './settings.ts';

const cooldown = { scaleOutCooldown: Duration.minutes(1), scaleInCooldown: Duration.minutes(5) };

/** Tasks come by requests, by queue time and by processor, whichever asks for most, and go when all three allow it. */
export function scaleService(
  scope: Construct,
  settings: Settings,
  parts: {
    readonly cluster: Cluster;
    readonly service: FargateService;
    readonly balancer: Balancer;
  },
): void {
  const { scaling, tasks, deployment } = settings;
  const { account, partition } = Stack.of(scope);
  const service = 'ecs.application-autoscaling.amazonaws.com';
  const linkedRole = `arn:${partition}:iam::${account}:role/aws-service-role/${service}/AWSServiceRoleForApplicationAutoScaling_ECSService`;
  const target = new ScalableTarget(scope, 'TaskCount', {
    serviceNamespace: ServiceNamespace.ECS,
    scalableDimension: 'ecs:service:DesiredCount',
    resourceId: `service/${parts.cluster.clusterName}/${parts.service.serviceName}`,
    minCapacity: tasks.min,
    maxCapacity: tasks.max,
    role: Role.fromRoleArn(scope, 'ScalingRole', linkedRole, { mutable: false }),
  });
  const perTarget = scaling.requestsPerTargetPerMinute;
  // With blue/green the two target groups change places, and the requests of neither are those of the service.
  if (perTarget !== null && deployment.strategy === 'rolling') {
    const { loadBalancer, targetGroups } = parts.balancer;
    const [group] = targetGroups;
    target.scaleToTrackMetric('Requests', {
      predefinedMetric: PredefinedMetric.ALB_REQUEST_COUNT_PER_TARGET,
      resourceLabel: `${loadBalancer.loadBalancerFullName}/${group.targetGroupFullName}`,
      targetValue: perTarget,
      ...cooldown,
    });
  }
  target.scaleToTrackMetric('Cpu', {
    predefinedMetric: PredefinedMetric.ECS_SERVICE_AVERAGE_CPU_UTILIZATION,
    targetValue: scaling.cpuPercent,
    ...cooldown,
  });
  queuePolicy(scope, settings, target.scalableTargetId);
}

/** The longest queue of any task and model: what its next request would wait. */
function queuePolicy(
  scope: Construct,
  { name, models, scaling }: Settings,
  scalingTargetId: string,
): void {
  const queues = models.map((model, index) => {
    const { namespace, metricName } = modelMetric(name, 'QueueWaitSeconds', model, 'Maximum');
    return {
      id: `queue${index}`,
      returnData: models.length === 1,
      metricStat: {
        stat: 'Maximum',
        metric: { namespace, metricName, dimensions: [{ name: 'Model', value: model }] },
      },
    };
  });
  const ids = queues.map(({ id }) => id).join(', ');
  const longest = { id: 'longest', expression: `MAX([${ids}])`, returnData: true };
  new CfnScalingPolicy(scope, 'QueuePolicy', {
    policyName: `${name}-queue-wait`,
    policyType: 'TargetTrackingScaling',
    scalingTargetId,
    targetTrackingScalingPolicyConfiguration: {
      targetValue: scaling.queueWaitSeconds,
      scaleOutCooldown: cooldown.scaleOutCooldown.toSeconds(),
      scaleInCooldown: cooldown.scaleInCooldown.toSeconds(),
      customizedMetricSpecification: {
        metrics: models.length === 1 ? queues : [...queues, longest],
      },
    },
  });
}
