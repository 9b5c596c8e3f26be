import { Duration } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  AlarmBehavior,
  AlternateTarget,
  type CfnService,
  type Cluster,
  DeploymentControllerType,
  DeploymentStrategy,
  FargateService,
  type FargateTaskDefinition,
  ListenerRuleConfiguration,
  PropagatedTagSource,
} from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { Balancer } from './balancer.ts';
import { serviceRole, shiftTraffic } from './permissions.ts';
import type { Settings } from './settings.ts';
import { containerName, containerPort } from './task.ts';

export interface ServiceParts {
  readonly cluster: Cluster;
  readonly task: FargateTaskDefinition;
  readonly vpc: IVpc;
  readonly group: SecurityGroup;
  readonly balancer: Balancer;
  /** Any of these ends a deployment and brings the tasks before it back. */
  readonly rollbackAlarms: readonly Alarm[];
}

/** The service: replaced task by task, or all at once beside the old one and back again while that still runs. */
export function fargateService(
  scope: Construct,
  { deployment, tasks }: Settings,
  parts: ServiceParts,
): FargateService {
  const isRolling = deployment.strategy === 'rolling';
  const service = new FargateService(scope, 'Service', {
    cluster: parts.cluster,
    taskDefinition: parts.task,
    vpcSubnets: { subnets: parts.vpc.privateSubnets },
    securityGroups: [parts.group],
    assignPublicIp: false,
    minHealthyPercent: 100,
    maxHealthyPercent: 200,
    healthCheckGracePeriod: Duration.seconds(90),
    deploymentController: { type: DeploymentControllerType.ECS },
    propagateTags: PropagatedTagSource.SERVICE,
    enableECSManagedTags: true,
    deploymentAlarms: {
      alarmNames: parts.rollbackAlarms.map(({ alarmName }) => alarmName),
      behavior: AlarmBehavior.ROLLBACK_ON_ALARM,
    },
    // ECS knows the circuit breaker in rolling deployments alone; blue/green has its bake time and the alarms.
    ...(isRolling
      ? { circuitBreaker: { enable: true, rollback: true } }
      : {
          deploymentStrategy: DeploymentStrategy.BLUE_GREEN,
          bakeTime: Duration.minutes(deployment.bakeMinutes),
        }),
  });
  // The number of tasks is the autoscaler's: a deployment leaves it as it is.
  (service.node.defaultChild as CfnService).desiredCount = tasks.max === 0 ? 0 : undefined;
  attach(scope, service, parts.balancer);
  return service;
}

function attach(
  scope: Construct,
  service: FargateService,
  { listener, rule, targetGroups: [first, second] }: Balancer,
): void {
  const where = { containerName, containerPort };
  if (!rule || !second) {
    service.node.addDependency(listener);
    first.addTarget(service.loadBalancerTarget(where));
    return;
  }
  const groups = [first.targetGroupArn, second.targetGroupArn];
  const statements = shiftTraffic(groups, listener.listenerArn, rule.listenerRuleArn);
  const role = serviceRole(scope, 'ShiftRole', 'ecs.amazonaws.com', statements);
  const alternateTarget = new AlternateTarget('Alternate', {
    alternateTargetGroup: second,
    productionListener: ListenerRuleConfiguration.applicationListenerRule(rule),
    role: role.withoutPolicyUpdates(),
  });
  first.addTarget(service.loadBalancerTarget({ ...where, alternateTarget }));
}
